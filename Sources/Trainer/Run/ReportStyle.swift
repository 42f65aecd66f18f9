/// The look of report.html and plot.svg: one style sheet, for light and dark screens. Colours of lines:
/// Okabe and Ito 2008, told apart with every kind of colour vision.
enum ReportStyle {
  static let drawing = """
    :root { --ink: #1b1f24; --soft: #667079; --line: #d9dee3; --paper: #ffffff; --card: #f6f8fa;
      --stage0: #f3f5f7; --stage1: #e9edf1; --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b8799f;
      --c4: #8a6d00; --c5: #56b4e9; --c6: #5b6570; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6e9ec; --soft: #99a3ad; --line: #353c44; --paper: #14171a; --card: #1c2024;
        --stage0: #1a1e22; --stage1: #22272c; --c0: #4ba3dc; --c1: #f0843c; --c2: #35c79b; --c3: #d7a0c4;
        --c4: #e6c34d; --c5: #8fd0f5; --c6: #a9b3bd; } }
    svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
    svg .title { font-size: 14px; font-weight: 600; }
    svg .unit, svg .tick, svg .stage, svg .legend { fill: var(--soft); }
    svg .unit { font-weight: 400; font-size: 11px; }
    svg .stage { font-size: 10px; }
    svg .stage0 { fill: var(--stage0); } svg .stage1 { fill: var(--stage1); }
    svg .grid { stroke: var(--line); stroke-width: 0.7; }
    svg .axis { stroke: var(--soft); stroke-width: 1; }
    svg polyline, svg line[class^="c"] { fill: none; stroke-width: 2; stroke-linejoin: round; }
    svg polyline.thin { stroke-width: 1; opacity: 0.3; }
    svg .c0 { stroke: var(--c0); } svg .d0 { fill: var(--c0); } svg .f0 { fill: var(--c0); opacity: 0.13; }
    svg .c1 { stroke: var(--c1); } svg .d1 { fill: var(--c1); } svg .f1 { fill: var(--c1); opacity: 0.13; }
    svg .c2 { stroke: var(--c2); } svg .d2 { fill: var(--c2); } svg .f2 { fill: var(--c2); opacity: 0.13; }
    svg .c3 { stroke: var(--c3); } svg .d3 { fill: var(--c3); } svg .f3 { fill: var(--c3); opacity: 0.13; }
    svg .c4 { stroke: var(--c4); } svg .d4 { fill: var(--c4); } svg .f4 { fill: var(--c4); opacity: 0.13; }
    svg .c5 { stroke: var(--c5); } svg .d5 { fill: var(--c5); } svg .f5 { fill: var(--c5); opacity: 0.13; }
    svg .c6 { stroke: var(--c6); } svg .d6 { fill: var(--c6); } svg .f6 { fill: var(--c6); opacity: 0.13; }
    """

  static let page = """
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 1080px; padding: 32px 24px 64px; background: var(--paper);
      color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
    h1 { margin: 0; font-size: 26px; letter-spacing: -0.01em; }
    h2 { margin: 44px 0 12px; font-size: 18px; }
    p.facts { margin: 4px 0 0; color: var(--soft); }
    p.facts span + span::before { content: "·"; margin: 0 8px; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px;
      margin-top: 28px; }
    .card { background: var(--card); border-radius: 10px; padding: 14px 16px 12px; }
    .card h3 { margin: 0; font-size: 12px; font-weight: 600; color: var(--soft); }
    .card .after { font-size: 30px; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
    .card .before { color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
    th, td { padding: 7px 12px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
    th { color: var(--soft); font-weight: 600; font-size: 13px; }
    th:first-child, td:first-child { text-align: left; padding-left: 0; }
    tr:last-child td { font-weight: 600; }
    .note { color: var(--soft); font-size: 13px; margin: 8px 0 0; }
    .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 28px 36px; }
    .plots svg { width: 100%; height: auto; display: block; overflow: visible; }
    .pair { border: 1px solid var(--line); border-radius: 10px; margin-bottom: 16px; overflow: hidden; }
    .pair header { padding: 10px 16px; background: var(--card); }
    .pair header b { font-size: 12px; color: var(--soft); margin-right: 10px; }
    .pair header code { white-space: pre-wrap; }
    .pair header .gold { color: var(--soft); margin-left: 10px; font-size: 13px; }
    .halves { display: grid; grid-template-columns: 1fr 1fr; }
    .halves > div { padding: 10px 16px 14px; min-width: 0; }
    .halves > div + div { border-left: 1px solid var(--line); }
    .halves h4 { margin: 0 0 6px; font-size: 13px; color: var(--soft); font-weight: 500;
      display: flex; justify-content: space-between; }
    code, pre { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
    pre { margin: 0 0 10px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 320px; overflow-y: auto; }
    .chip { display: inline-block; border-radius: 99px; padding: 1px 9px; margin: 0 4px 4px 0; font-size: 12px;
      border: 1px solid var(--line); color: var(--soft); }
    .chip.accepted { color: var(--c2); border-color: var(--c2); }
    .chip.rejected { color: var(--c1); border-color: var(--c1); }
    .chip.fault { color: var(--c3); border-color: var(--c3); }
    footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
    @media (max-width: 700px) { .halves { grid-template-columns: 1fr; }
      .halves > div + div { border-left: 0; border-top: 1px solid var(--line); }
      .plots { grid-template-columns: 1fr; } }
    """
}

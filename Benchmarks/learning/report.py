"""The table and the plot of what compare.py measured."""
import collections
import statistics

TARGET = {"chain_sum": 0.24}
NAMES = {"assay": "Assay", "trl": "TRL"}
COLOURS = {"assay": "#c2410c", "trl": "#2563eb"}


def table(rows):
    """Markdown: a line a recipe and seed; accuracies in percent, seconds of the steps alone."""
    lines = [
        "| recipe | seed | best constant | start | Assay: last | TRL: last | Assay, s a step | TRL, s a step | ratio"
        " | accuracy: TRL after | Assay after |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    ratios = collections.defaultdict(list)
    for recipe, seed in runs(rows):
        start = accuracies(rows, recipe, seed, "start")
        sides = {side: curve(rows, recipe, seed, side) for side in NAMES}
        if not start or not sides["assay"]:
            continue
        seconds = {side: found[-1][0] / found[-1][2] for side, found in sides.items() if found}
        ratio = seconds["trl"] / seconds["assay"] if "trl" in seconds else None
        if ratio:
            ratios[recipe].append(ratio)
        # Without a target the goal is what TRL reached; without TRL there is none.
        goal = TARGET.get(recipe, max((average for _, average, _ in sides["trl"]), default=None))
        reached = {side: next((f"{s:.0f} s" for s, average, _ in found if average >= goal), "not reached")
                   if found and goal is not None else "–" for side, found in sides.items()}
        wanted = f"{100 * goal:.1f} %: " if goal is not None else ""
        constants = [value for key, value in start[0].items() if key.endswith("/constant")]
        best = f"{100 * statistics.mean(constants):.1f}" if constants else "–"
        lines.append(
            f"| {recipe} | {seed} | {best} | {100 * start[0]['average']:.1f} | {100 * sides['assay'][-1][1]:.1f}"
            f" | {last(sides['trl'])} | {seconds['assay']:.1f} | {number(seconds.get('trl'))}"
            f" | {number(ratio, 'x')} | {wanted}{reached['trl']} | {reached['assay']} |")
    for recipe, found in ratios.items():
        lines.append(f"\n{recipe}: a step of Assay's is {statistics.median(found):.1f}x as fast as TRL's (median of seeds).")
    return "\n".join(lines)


def last(curve):
    return f"{100 * curve[-1][1]:.1f}" if curve else "–"


def number(value, unit=""):
    return f"{value:.1f}{unit}" if value else "–"


def runs(rows):
    return sorted({(row["recipe"], row["seed"]) for row in rows})


def accuracies(rows, recipe, seed, side):
    return [row for row in rows if row["what"] == "accuracy"
            and (row["recipe"], row["seed"], row["side"]) == (recipe, seed, side)]


def curve(rows, recipe, seed, side):
    """(seconds, average accuracy, step) of the checkpoints, the start left out."""
    seconds = {row["step"]: row["seconds"] for row in rows if row["what"] == "step"
               and (row["recipe"], row["seed"], row["side"]) == (recipe, seed, side)}
    return [(seconds[row["step"]], row["average"], row["step"]) for row in accuracies(rows, recipe, seed, side)
            if row["step"] in seconds]


def plot(rows, path):
    """Held-out accuracy by the clock above, by steps below; a line a seed."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot
    recipes = sorted({row["recipe"] for row in rows})
    figure, axes = pyplot.subplots(2, len(recipes), figsize=(5.5 * len(recipes), 6.4), squeeze=False, sharey="col")
    for column, recipe in enumerate(recipes):
        for seed in sorted({seed for name, seed in runs(rows) if name == recipe}):
            start = accuracies(rows, recipe, seed, "start")
            for side, colour in COLOURS.items():
                points = curve(rows, recipe, seed, side)
                if not start or not points:
                    continue
                label = NAMES[side] if seed == min(s for r, s in runs(rows) if r == recipe) else None
                for row, place in ((0, 0), (1, 2)):
                    axes[row][column].plot(
                        [0] + [point[place] for point in points],
                        [100 * start[0]["average"]] + [100 * point[1] for point in points],
                        marker="o", markersize=3, linewidth=1.4, color=colour, label=label, alpha=0.8)
        axes[0][column].set_title(recipe)
        axes[0][column].set_xlabel("seconds of training")
        axes[1][column].set_xlabel("steps")
        axes[0][column].legend(frameon=False, loc="center right")
        for row in (0, 1):
            axes[row][column].grid(alpha=0.25)
            axes[row][column].set_ylabel("held-out pass@1, %")
            for side in ("top", "right"):
                axes[row][column].spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)

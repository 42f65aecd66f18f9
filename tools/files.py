#!/usr/bin/env python3
"""Writes docs/files.md: the tree with a line a file, each the first sentence of the file's own comment.

    tools/files.py          # writes it
    tools/files.py --check  # status 1 when it is out of date, or when a file says nothing of itself
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/files.md"
FOLDERS = ["Sources", "sandbox", "plugins", "recipes", "tools"]
SKIPPED = re.compile(r"/LICENSE\.|/Golden/|/Fixtures/|\.(json|jsonl|gz|md|modulemap|safetensors|bin|py\.in|html|svg)$")


def comment(path):
    """The first comment of a file, as one line without its marks."""
    text = path.read_text(encoding="utf-8", errors="replace")
    kinds = {
        ".swift": r"^(?:[ \t]*///.*\n)+|\A(?://.*\n)+",
        ".c": r"^(?:[ \t]*//.*\n)+|/\*(?:.|\n)*?\*/",
        ".h": r"^(?:[ \t]*//.*\n)+|/\*(?:.|\n)*?\*/",
        ".cpp": r"^(?:[ \t]*//.*\n)+",
        ".js": r"^(?:[ \t]*//.*\n)+",
        ".mjs": r"^(?:[ \t]*//.*\n)+",
        ".css": r"/\*(?:.|\n)*?\*/",
        ".py": r'"""(?:.|\n)*?"""|^(?:# .*\n)+',
    }
    abstract = re.search(r'abstract:\s*"([^"]*)"', text) if path.name.endswith("Command.swift") else None
    if abstract:
        return abstract.group(1).rstrip(".")
    for found in re.finditer(kinds.get(path.suffix, r"^(?:# .*\n)+"), text, re.MULTILINE):
        words = re.sub(r"^[ \t]*(///?|#|/\*+|\*/?)[ \t]?", "", found.group(), flags=re.MULTILINE)
        words = re.sub(r'"""|\*/', "", words)
        words = " ".join(words.split("\n\n")[0].split())
        if words and not words.startswith("- "):
            return re.split(r"(?<!\bal)(?<!\beq)(?<!\barXiv)\.\s", words, maxsplit=1)[0].rstrip(".:")
    return ""


def page():
    """The page, and the files that say nothing."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *FOLDERS],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    lines, silent, folder = ["# Every file", "", "Made by `tools/files.py` from the files' own first sentences."], [], None
    for path in sorted((ROOT / name for name in names if not SKIPPED.search(name)), key=lambda p: (p.parent, p.name)):
        if not path.exists():
            continue
        name, says = path.relative_to(ROOT), comment(path)
        if not says:
            silent.append(str(name))
        if name.parent != folder:
            folder = name.parent
            lines += ["", f"## {folder}/", ""]
        lines.append(f"* `{name.name}`: {says}" if says else f"* `{name.name}`")
    return "\n".join(lines) + "\n", silent


text, silent = page()
for name in silent:
    print(f"{name}: no comment says what it is for.", file=sys.stderr)
if sys.argv[1:] == ["--check"]:
    current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if current != text:
        print("docs/files.md is out of date. Run tools/files.py.", file=sys.stderr)
    sys.exit(1 if silent or current != text else 0)
PAGE.write_text(text, encoding="utf-8")

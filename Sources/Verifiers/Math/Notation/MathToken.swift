/// What answers are made of, whether they are LaTeX, Unicode or plain text.
enum MathToken: Hashable {
  /// Digits with at most one point.
  case number(String)
  /// A letter or a named symbol: `x`, `alpha`, `pi`.
  case symbol(String)
  /// `sqrt`, `frac`, `sin`, ...
  case function(String)
  /// `+ - * / ^ _ = ( ) [ ] { } , ; : ! % ° ' < > | &`, and `≤ ≥ ≠ ± ∪ ∩ ∖ ∈ ∞ ∅ ≈ … ⌊ ⌋ ⌈ ⌉`; `⏎` ends a row of a matrix;
  /// `⟨ ⟩` are the braces of a set, `{ }` those of TeX.
  case sign(Unicode.Scalar)
  /// A word of text: `or`, `cm`, `Saturday`.
  case word(String)
  /// `\begin{pmatrix}`, and its end.
  case begin(String), end(String)

  /// Of a word.
  var text: String? { if case .word(let text) = self { text } else { nil } }

  static let functions: Set<String> = [
    "sin", "cos", "tan", "cot", "sec", "csc", "ln", "lg", "log", "exp", "arcsin", "arccos", "arctan", "sqrt",
    "cbrt",
    "sinh", "cosh", "tanh", "asin", "acos", "atan", "cis", "binom", "abs", "frac",
  ]

  /// Two letters that are a word or a unit, not a product.
  static let shortWords: Set<String> = [
    "no", "on", "is", "or", "of", "if", "in", "at", "to", "by", "it", "as", "an", "am", "pm", "be", "we",
    "he", "so",
    "do", "go", "up", "cm", "mm", "km", "kg", "mg", "ml", "mL", "ft", "yd", "mi", "lb", "oz", "hr", "ms",
    "dm", "Hz", "Pa",
    "kJ", "kW", "eV", "AM", "PM", "cc", "No", "Or", "Is", "If", "In", "gm", "st", "nd", "rd", "th", "sq",
    "MW", "mW", "MJ", "mJ", "GB", "MB", "kB",
  ]

  /// TeX's commands that stand for one token; nil in the table's place means that the command says nothing.
  static let commands: [String: MathToken?] = {
    var table: [String: MathToken?] = [
      "frac": .function("frac"), "dfrac": .function("frac"), "tfrac": .function("frac"),
      "cfrac": .function("frac"),
      "sqrt": .function("sqrt"), "binom": .function("binom"), "dbinom": .function("binom"),
      "tbinom": .function("binom"), "cdot": .sign("*"), "times": .sign("*"), "ast": .sign("*"),
      "div": .sign("/"),
      "pm": .sign("±"), "mp": .sign("±"), "infty": .sign("∞"), "cup": .sign("∪"), "cap": .sign("∩"),
      "setminus": .sign("∖"), "backslash": .sign("∖"), "in": .sign("∈"), "le": .sign("≤"), "leq": .sign("≤"),
      "leqslant": .sign("≤"), "ge": .sign("≥"), "geq": .sign("≥"), "geqslant": .sign("≥"), "ne": .sign("≠"),
      "neq": .sign("≠"), "lt": .sign("<"), "gt": .sign(">"), "circ": .sign("°"), "textcirc": .sign("°"),
      "textdegree": .sign("°"), "degree": .sign("°"),
      "approx": .sign("≈"), "sim": .sign("≈"), "mid": .sign("|"), "vert": .sign("|"), "lvert": .sign("|"),
      "rvert": .sign("|"), "colon": .sign(":"), "prime": .sign("'"), "lbrace": .sign("⟨"),
      "rbrace": .sign("⟩"),
      "emptyset": .sign("∅"), "varnothing": .sign("∅"), "ldots": .sign("…"), "dots": .sign("…"),
      "cdots": .sign("…"),
      "dotsc": .sign("…"), "overline": .function("overline"), "dot": .function("overline"),
      "vee": .word("or"),
      "lor": .word("or"), "wedge": .word("and"), "land": .word("and"), "varphi": .symbol("phi"),
      "varepsilon": .symbol("epsilon"), "Z": .symbol("ℤ"), "R": .symbol("ℝ"), "lbrack": .sign("["),
      "rbrack": .sign("]"),
      "quad": .sign(" "), "qquad": .sign(" "),
      "percent": .sign("%"), "lfloor": .sign("⌊"), "rfloor": .sign("⌋"), "lceil": .sign("⌈"),
      "rceil": .sign("⌉"), "pmod": .word("mod"), "bmod": .word("mod"), "mod": .word("mod"),
      "pod": .word("mod"), "euro": .word("€"), "pounds": .word("£"),
      "iff": .sign("="), "equiv": .sign("="), "to": .sign("→"), "rightarrow": .sign("→"),
      "arcsec": .function("arcsec"), "langle": .sign("("), "rangle": .sign(")"),
    ]
    for name in functions { table[name] = .function(name) }
    for name in [
      "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
      "displaystyle",
      "textstyle", "limits", "boldsymbol", "hspace", "phantom", "hline", "small", "large", "nonumber",
      "mathop", "vec",
      "mathstrut", "strut", "thinspace", "middle",
    ] { table[name] = .some(nil) }
    return table
  }()

  /// Characters beyond ASCII.
  static let scalars: [Unicode.Scalar: MathToken] = [
    "−": .sign("-"), "–": .sign("-"), "—": .sign("-"), "‐": .sign("-"), "×": .sign("*"), "·": .sign("*"),
    "∙": .sign("*"), "⋅": .sign("*"), "∗": .sign("*"), "÷": .sign("/"), "∕": .sign("/"), "⁄": .sign("/"),
    "π": .symbol("pi"), "√": .function("sqrt"), "∛": .function("cbrt"), "′": .sign("'"), "’": .sign("'"),
    "°": .sign("°"),
    "º": .sign("°"), "˚": .sign("°"), "≤": .sign("≤"), "⩽": .sign("≤"), "≥": .sign("≥"), "⩾": .sign("≥"),
    "≠": .sign("≠"), "±": .sign("±"), "∓": .sign("±"), "∪": .sign("∪"), "∩": .sign("∩"), "∞": .sign("∞"),
    "∈": .sign("∈"), "∅": .sign("∅"), "≈": .sign("≈"), "…": .sign("…"), "⋯": .sign("…"), "ℝ": .symbol("ℝ"),
    "ℤ": .symbol("ℤ"), "ℚ": .symbol("ℚ"), "ℕ": .symbol("ℕ"), "∨": .word("or"), "∧": .word("and"),
    "∖": .sign("∖"), "∑": .symbol("sum"), "∏": .symbol("prod"),
    "，": .sign(","), "、": .sign(","), "；": .sign(";"), "：": .sign(":"), "（": .sign("("), "）": .sign(")"),
    "％": .sign("%"), "＝": .sign("="), "∣": .sign("|"), "∶": .sign(":"), "→": .sign("→"),
    "≡": .sign("="), "⌊": .sign("⌊"), "⌋": .sign("⌋"), "⌈": .sign("⌈"), "⌉": .sign("⌉"),
    "€": .word("€"), "£": .word("£"), "¥": .word("¥"), "₹": .word("₹"),
    "∀": .symbol("forall"), "∃": .symbol("exists"),
    "¼": .word("¼"), "½": .word("½"), "¾": .word("¾"), "⅓": .word("⅓"), "⅔": .word("⅔"), "⅛": .word("⅛"),
  ]

  /// Signs that stand before a sum of money, as `$` does.
  static let currencies: Set<String> = ["€", "£", "¥", "₹"]

  static let fractions: [String: (Int, Int)] = [
    "¼": (1, 4), "½": (1, 2), "¾": (3, 4), "⅓": (1, 3), "⅔": (2, 3), "⅛": (1, 8),
  ]
}

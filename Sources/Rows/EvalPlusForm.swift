import Foundation
import VerifierKit

/// HumanEval+ and MBPP+ as EvalPlus publishes them: inputs without expected values, and a reference solution that
/// gives them. The reference runs beside the tests, apart from the program that is judged.
struct EvalPlusForm {
  private let entryPoint: String
  private let prompt: String
  private let reference: String
  private let inputs: [JSONValue]
  /// Statements that hold for valid inputs.
  private let contract: String
  private let tolerance: Double

  /// Nil when the row is of another form.
  init?(_ fields: [String: JSONValue]) {
    // MBPP+ writes no further inputs as {}.
    guard let base = fields["base_input"]?.array, let plus = fields["plus_input"].map({ $0.array ?? [] }),
      let solution = fields["canonical_solution"]?.string, let entry = fields["entry_point"]?.string
    else { return nil }
    let prompt = fields["prompt"]?.string ?? ""
    entryPoint = entry
    // MBPP+'s prompt is a docstring, HumanEval+'s the head of the function, with helpers.
    self.prompt = prompt.contains("def ") ? prompt : ""
    reference = prompt + solution
    inputs = base + plus
    contract = fields["contract"]?.string ?? ""
    // As EvalPlus: floats are never compared exactly.
    tolerance = fields["atol"]?.double.flatMap { $0 > 0 ? $0 : nil } ?? 1e-6
  }

  func tests() -> CodeTests {
    let values = [
      "REFERENCE": JSONValue.string(reference), "ENTRY": .string(entryPoint), "CONTRACT": .string(contract),
      "INPUTS": .string(JSONValue.array(inputs).pythonText), "TOLERANCE": .number(tolerance),
    ]
    let names = values.sorted { $0.key < $1.key }.map { "\($0) = \($1.text)" }.joined(separator: "\n")
    // EvalPlus too gives a task 60 seconds; MBPP+'s 599 sums ranges for some 30 of them.
    return CodeTests(
      kind: .check(test: names + "\n" + Self.check, entryPoint: entryPoint, prompt: prompt),
      limits: CodeTests.Limits(cpuSeconds: 60, wallSeconds: 120, memoryMB: 4096))
  }

  /// What counts as equal follows EvalPlus's `evaluate.py`: floats to a tolerance, some tasks as sets, some only
  /// for whether there is a result, and any root for `find_zero`. JSON has lists and text where the task has tuples
  /// and complex numbers: of the readings of an input the first that the contract allows is taken. Inputs that the
  /// reference refuses are no tests, nor are those whose result is too long to cross (one of MBPP+'s).
  private static let check = """
    import copy, itertools, json, math, textwrap
    SETS = {"similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly", "larg_nnum",
            "intersection_array", "find_dissimilar", "Diff"}
    PRESENT = {"check_str", "text_match_three", "text_starta_endb"}

    def same(got, wanted):
        if isinstance(wanted, float) or isinstance(got, float):
            if isinstance(got, (bool, str)) or not isinstance(got, (int, float)):
                return False
            return got == wanted or (got != got and wanted != wanted) or (
                isinstance(wanted, (int, float)) and math.isclose(got, wanted, rel_tol=1e-7, abs_tol=TOLERANCE))
        if isinstance(wanted, (list, tuple)):
            return isinstance(got, (list, tuple)) and len(got) == len(wanted) and all(map(same, got, wanted))
        if isinstance(wanted, dict):
            return isinstance(got, dict) and got.keys() == wanted.keys() and all(same(got[k], wanted[k]) for k in wanted)
        return got == wanted

    def right(got, wanted, arguments):
        if ENTRY == "find_zero":
            return abs(sum(c * math.pow(got, i) for i, c in enumerate(arguments[0]))) <= 1e-4
        if ENTRY in SETS:
            return set(map(str, got)) == set(map(str, wanted))
        if ENTRY in PRESENT:
            return got == wanted if isinstance(got, bool) else (got is not None) == (wanted is not None)
        return same(got, wanted)

    def tuples(value):
        return tuple(map(tuples, value)) if isinstance(value, list) else value

    def numbers(value):
        return complex(value) if "j" in value else float(value)

    # What a value of JSON may stand for.
    def readings(value):
        if isinstance(value, list):
            rows = [list(map(tuples, value))] if any(isinstance(v, list) for v in value) else []
            return [value, *rows, tuple(value), tuples(value)]
        if isinstance(value, str):
            try:
                return [value, numbers(value)]
            except ValueError:
                pass
        return [value]

    def choices(arguments, reference):
        names = reference.__code__.co_varnames
        contract = textwrap.dedent(CONTRACT)
        last = []
        for given in itertools.islice(itertools.product(*map(readings, arguments)), 64):
            try:
                exec(contract, {**vars(math), "math": math, **dict(zip(names, given))})
                yield given
            except Exception:
                last.append(given)
        yield from last

    def check(candidate):
        scope = {"__name__": "reference"}
        exec(REFERENCE, scope)
        reference, tried = scope[ENTRY], 0
        for arguments in json.loads(INPUTS):
            for given in choices(arguments, reference):
                try:
                    wanted = reference(*copy.deepcopy(given))
                    break
                except Exception:
                    continue
            else:
                continue
            if isinstance(wanted, (list, tuple)) and sum(len(v) if isinstance(v, (list, tuple)) else 1 for v in wanted) > 5_000_000:
                continue
            tried += 1
            got = candidate(*copy.deepcopy(given))
            assert right(got, wanted, given), "for %.100r it gives %.100r, the reference %.100r" % (given, got, wanted)
        if not tried:
            raise Unusable("the reference refuses all inputs")
    """
}

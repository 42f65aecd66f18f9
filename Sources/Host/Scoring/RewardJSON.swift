public import VerifierKit

extension Reward {
  /// As `assay score` writes it.
  public func json(id: String) -> JSONValue {
    var verdicts: [String: JSONValue] = [:]
    for (name, outcome) in outcomes {
      switch outcome {
      case .verdict(let verdict, let micros):
        var fields = verdict.json.object ?? [:]
        fields["micros"] = .integer(micros)
        verdicts[name] = .object(fields)
      case .fault(let fault):
        verdicts[name] = .object([
          "status": .string("fault"), "reason": .string(fault.reason), "message": .string(fault.message),
        ])
      }
    }
    return .object([
      "id": .string(id), "reward": value.map(JSONValue.number) ?? .null, "verdicts": .object(verdicts),
    ])
  }
}

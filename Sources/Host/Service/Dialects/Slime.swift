import Hummingbird
import VerifierKit

/// slime's `remote_rm` (`slime/rollout/rm_hub`): one sample in, a bare JSON number out. Its client tries ten
/// times, so a fault is 503: another try may find the judge well.
enum Slime {
  static let reward: Dialect = { exchange async throws(Refusal) in
    guard let response = exchange.body["response"]?.string else {
      throw Refusal(.badRequest, "“response” is no text.")
    }
    let prompt: String
    switch exchange.body["prompt"] {
    case .string(let text): prompt = text
    case .array(let messages):
      prompt = messages.compactMap { $0["content"]?.string }.joined(separator: "\n\n")
    default: prompt = ""
    }
    let sample = LabelledText(
      prompt: prompt, response: LabelledText.response(in: response, after: ""),
      label: exchange.body["label"] ?? .null)
    let reward = try await exchange.judge([sample])[0]
    guard let value = reward.value else {
      let why = reward.fault?.message ?? ""
      exchange.environment.logger.warning("fault", metadata: ["dialect": "slime", "why": "\(why)"])
      throw Refusal(.serviceUnavailable, why, retryAfter: 1)
    }
    return Reply.json(.number(value))
  }
}

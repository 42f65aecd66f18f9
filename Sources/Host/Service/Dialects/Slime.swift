import Hummingbird
import VerifierKit

/// slime's `remote_rm` (`slime/rollout/rm_hub`): one sample in, a bare JSON number out. Its client tries ten
/// times, so a fault is 503: another try may find the judge well.
enum Slime {
  static let reward: Dialect = { exchange async throws(Refusal) in
    let response = try exchange.fields.needed("response")
    let prompt: String
    switch exchange.body["prompt"] {
    case .string(let text): prompt = text
    case .array(let messages):
      let texts = messages.compactMap { $0["content"]?.string }
      guard texts.count == messages.count else {
        throw Refusal(.badRequest, "“prompt” holds a message whose “content” is no text.")
      }
      prompt = texts.joined(separator: "\n\n")
    case nil, .null: prompt = ""
    default: throw Refusal(.badRequest, "“prompt” is neither text nor messages.")
    }
    let sample = LabelledText(
      prompt: prompt, response: LabelledText.withoutEnds(response), label: exchange.body["label"] ?? .null)
    let reward = try await exchange.judge([sample])[0]
    guard let value = reward.value else {
      let why = reward.fault?.message ?? ""
      if reward.fault?.reason == Exchange.badRow { throw Refusal(.badRequest, why) }
      exchange.environment.logger.warning("fault", metadata: ["dialect": "slime", "why": "\(why)"])
      throw Refusal(.serviceUnavailable, why, retryAfter: 1)
    }
    return Reply.json(.number(value))
  }
}

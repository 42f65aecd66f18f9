// Tokenizer — text to tokens and back: BPE on bytes, as GPT-2, Llama 3 and Qwen have it, and on characters, as
// SentencePiece made it for Llama 2, Mistral and Gemma; the ids are those of Hugging Face's `tokenizers`.
//
//     text ─► added tokens ─► normalisation ─► splitting ─► merges ─► ids
//
// Adds no token of its own: what begins and ends a conversation is the chat template's. Not covered: WordPiece,
// Unigram, normalisation by tables (NFKC); reading such a file is an error.

import Foundation

/// A BPE tokenizer with the chat template of its model.
public struct Tokenizer: Sendable {
  let encoding: BytePairEncoding
  let added: [AddedToken]
  let normalization: TextNormalization
  /// In the order in which they are applied.
  let splitting: [TextSplitting]
  let decoding: TokenDecoding
  /// Nil: the model has none.
  public let chatTemplate: String?
  /// Any of these ends a completion.
  public internal(set) var eosTokens: [Int32]
  public let bosToken: Int32?
  public let padToken: Int32?
  /// What stands before a text that no chat template made, as the model was trained; `encode` leaves it to the caller.
  public internal(set) var prefixToken: Int32?
  /// Files of the folder that it came from, to be written again as they were.
  var sources: [String: [UInt8]] = [:]

  let addedByID: [Int32: AddedToken]
  private let raw: AddedTokenMatcher
  private let normalized: AddedTokenMatcher
  private let addedByContent: [[UInt8]: Int32]
  private let parsedTemplate: Result<ChatTemplate, ChatTemplateError>?
  private let workspaces = Workspaces()

  init(
    encoding: BytePairEncoding, added: [AddedToken], normalization: TextNormalization,
    splitting: [TextSplitting], decoding: TokenDecoding, chatTemplate: String?, eosTokens: [Int32],
    bosToken: Int32?, padToken: Int32?
  ) {
    self.encoding = encoding
    self.added = added
    self.normalization = normalization
    self.splitting = splitting
    self.decoding = decoding
    self.chatTemplate = chatTemplate
    self.eosTokens = eosTokens
    self.bosToken = bosToken
    self.padToken = padToken
    raw = AddedTokenMatcher(added.filter { !$0.isNormalized })
    normalized = AddedTokenMatcher(
      added.filter(\.isNormalized).map { token in
        var token = token
        var content: [UInt8] = []
        Array(token.content.utf8).withUnsafeBufferPointer {
          normalization.apply(to: $0, isFirst: true, late: false, into: &content)
        }
        token.content = String(decoding: content, as: UTF8.self)
        return token
      })
    addedByID = Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    addedByContent = Dictionary(added.map { (Array($0.content.utf8), $0.id) }, uniquingKeysWith: { $1 })
    parsedTemplate = chatTemplate.map { text in
      Result { () throws(ChatTemplateError) in try ChatTemplate(text) }
    }
  }

  /// Largest id + 1: rows of the embedding that have a token.
  public var vocabularySize: Int {
    max(encoding.tokens.count, added.reduce(0) { max($0, Int($1.id) + 1) })
  }

  /// The token whose text is exactly `text`: an added token, or one of the vocabulary (` the`, not `Ġthe` or
  /// `▁the`).
  public func id(of text: String) -> Int32? {
    let bytes = Array(text.utf8)
    return addedByContent[bytes] ?? encoding.ids[bytes]
  }

  /// The text of one token, bytes that are no UTF-8 repaired; nil for an id without a token.
  public func token(forID id: Int32) -> String? {
    let isKnown =
      addedByID[id] != nil || encoding.tokens.indices.contains(Int(id)) && encoding.tokens[Int(id)] != nil
    return isKnown ? String(decoding: bytes(of: id), as: UTF8.self) : nil
  }

  /// The bytes of one token; empty for an id without a token.
  func bytes(of id: Int32) -> [UInt8] {
    if let token = addedByID[id] { return Array(token.content.utf8) }
    guard encoding.tokens.indices.contains(Int(id)) else { return [] }
    return encoding.tokens[Int(id)] ?? []
  }

  /// - Parameter allowSpecial: Whether special tokens that are written out in the text become those tokens:
  ///   true for what a chat template made, false for text from outside.
  public func encode(_ text: String, allowSpecial: Bool) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var result: [Int32] = []
      result.reserveCapacity(bytes.count / 3 + 8)
      workspaces.borrow { workspace in
        for part in raw.parts(of: bytes, allowSpecial: allowSpecial) {
          switch part {
          case .token(let id): result.append(id)
          case .text(let range):
            let isFirst = range.lowerBound == 0
            normalized(UnsafeBufferPointer(rebasing: bytes[range]), isFirst, late: false, &workspace) {
              encode($0, isFirst: isFirst, allowSpecial: allowSpecial, into: &result, &$1)
            }
          }
        }
      }
      return result
    }
  }

  /// Normalised text, in which further added tokens are looked for.
  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, isFirst: Bool, allowSpecial: Bool, into result: inout [Int32],
    _ workspace: inout Workspace
  ) {
    for part in normalized.parts(of: text, allowSpecial: allowSpecial) {
      switch part {
      case .token(let id): result.append(id)
      case .text(let range):
        let isFirst = isFirst && range.lowerBound == 0
        normalized(UnsafeBufferPointer(rebasing: text[range]), isFirst, late: true, &workspace) {
          split($0, step: 0, into: &result, &$1.merging)
        }
      }
    }
  }

  /// Hands on the text as it is, or a normalised copy.
  private func normalized(
    _ text: UnsafeBufferPointer<UInt8>, _ isFirst: Bool, late: Bool, _ workspace: inout Workspace,
    body: (UnsafeBufferPointer<UInt8>, inout Workspace) -> Void
  ) {
    guard normalization.changes(text, late: late) else { return body(text, &workspace) }
    var copy: [UInt8] = []
    swap(&copy, &workspace.text)
    normalization.apply(to: text, isFirst: isFirst, late: late, into: &copy)
    copy.withUnsafeBufferPointer { body($0, &workspace) }
    swap(&copy, &workspace.text)
  }

  private func split(
    _ piece: UnsafeBufferPointer<UInt8>, step: Int, into result: inout [Int32],
    _ scratch: inout BytePairEncoding.Scratch
  ) {
    guard step < splitting.count else {
      encoding.encode(piece, into: &result, &scratch)
      return
    }
    let classes = ScalarClass.table
    let splitting = splitting[step]
    var start = 0
    while start < piece.count {
      let end = max(splitting.end(of: piece, from: start, classes), start + 1)
      split(UnsafeBufferPointer(rebasing: piece[start..<end]), step: step + 1, into: &result, &scratch)
      start = end
    }
  }

  /// A conversation as the text that the model was trained on: encode it with `allowSpecial: true`.
  ///
  /// The content of messages isn't escaped: one that holds `<|im_end|>` ends its turn, as in the original.
  /// - Parameter addGenerationPrompt: Whether the head of the assistant's answer follows.
  public func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool
  ) throws(ChatTemplateError) -> String {
    guard let parsedTemplate else {
      throw ChatTemplateError("The model has no chat template. Add `chat_template` to tokenizer_config.json.")
    }
    func text(_ id: Int32?) -> String { id.map { decode([$0], skipSpecialTokens: false) } ?? "" }
    return try parsedTemplate.get().render(
      messages, addGenerationPrompt: addGenerationPrompt,
      tokens: ["bos_token": text(bosToken), "eos_token": text(eosTokens.first), "pad_token": text(padToken)])
  }
}

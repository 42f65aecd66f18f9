public import Foundation
import Policy
import Synchronization

/// `unfinished.rollouts`: the completions of the sampling that is under way, kept as each ends. A run that was cut off
/// in the middle of a long step, harvest or evaluation samples only what is missing there.
///
/// The file is a list of records: length of a payload and its CRC-32C, both 32 bits, and the payload. The first is the
/// occasion, a text of all that completions hang on; the others hold a completion each. Numbers are little-endian.
public final class RolloutJournal: Sendable {
  /// Of a sample: which problem of the call, and which sample of it.
  public struct Place: Hashable, Sendable {
    public var group: Int
    public var sample: Int

    public init(_ group: Int, _ sample: Int) { (self.group, self.sample) = (group, sample) }
  }

  private typealias Found = [Place: GeneratedCompletion]

  private struct State {
    /// Of the call under way.
    var file: AppendedFile?
    /// What an earlier process left; nil once its occasion has come again.
    var left: (occasion: String, completions: Found)?
    /// Bytes of the file that hold it, while they still do.
    var leftBytes: Int?
    var error: RunError?
  }

  private let url: URL
  private let say: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// Reads what an interrupted run left at `url`. The end of it that is cut off or damaged is as if it had not been.
  /// - Parameter say: told when completions are taken up.
  public init(_ url: URL, say: @escaping @Sendable (String) -> Void = { _ in }) {
    self.url = url
    self.say = say
    let (left, bytes) = Self.read((try? Data(contentsOf: url)) ?? Data())
    state = Mutex(State(left: left, leftBytes: left == nil ? nil : bytes))
  }

  /// A call of the sampler begins.
  /// - Parameters:
  ///   - occasion: Whatever the completions are a function of.
  ///   - total: How many it asks for, for the message.
  ///   - samples: Of each problem; a run that goes on with smaller groups has more lying there than it asks for.
  /// - Returns: Those that are there already.
  func begin(
    _ occasion: String, total: Int, samples: Int = .max
  ) throws(RunError) -> [Place: GeneratedCompletion] {
    try state.withLock { state throws(RunError) in
      state.error = nil
      guard let left = state.left, left.occasion == occasion else {
        // What is left stays in memory: steps that are done again after a checkpoint come before it.
        let file = try AppendedFile(url, keeping: 0)
        try file.append(Self.record(Data(occasion.utf8)))
        state.leftBytes = nil
        state.file = file
        return [:]
      }
      if let bytes = state.leftBytes {
        state.file = try AppendedFile(url, keeping: bytes)
      } else {
        let file = try AppendedFile(url, keeping: 0)
        let records = left.completions.map { Self.record(Self.payload($0.key, $0.value)) }
        try file.append(Self.record(Data(occasion.utf8)) + records.joined())
        state.file = file
      }
      state.left = nil
      state.leftBytes = nil
      let completions = left.completions.filter { $0.key.sample < samples }
      if !completions.isEmpty {
        say("  \(completions.count) of \(total) completions had been sampled before the run was cut off.")
      }
      return completions
    }
  }

  /// A completion ended. May be called on several threads; what goes wrong is thrown by `end`.
  func append(_ completion: GeneratedCompletion, at place: Place) {
    state.withLock { state in
      guard state.error == nil, let file = state.file else { return }
      do throws(RunError) {
        try file.append(Self.record(Self.payload(place, completion)))
      } catch {
        state.error = error
      }
    }
  }

  /// All is sampled.
  func end() throws(RunError) {
    if let error = state.withLock(\.error) { throw error }
  }

  /// The run is done: nothing is unfinished.
  func remove() {
    state.withLock { state in
      state.file = nil
      unlink(url.path)
    }
  }
}

extension RolloutJournal {
  private static func record(_ payload: Data) -> Data {
    bytes(UInt32(payload.count)) + bytes(crc32c(payload)) + payload
  }

  private static func payload(_ place: Place, _ completion: GeneratedCompletion) -> Data {
    let numbers =
      [UInt32(place.group), UInt32(place.sample), completion.stopped ? 1 : 0]
      + completion.tokens.map { UInt32(bitPattern: $0) } + completion.logp.map(\.bitPattern)
    return numbers.reduce(into: Data(capacity: 4 * numbers.count)) { $0 += bytes($1) }
  }

  private static func bytes(_ number: UInt32) -> Data {
    withUnsafeBytes(of: number.littleEndian) { Data($0) }
  }

  /// - Returns: What is whole of a file, and how many bytes that is; nil where not even the occasion is.
  private static func read(_ data: Data) -> (left: (occasion: String, completions: Found)?, bytes: Int) {
    var occasion: String?
    var completions: Found = [:]
    var offset = 0
    while data.count - offset >= 8 {
      let (length, crc) = (Int(number(data, offset)), number(data, offset + 4))
      guard data.count - offset - 8 >= length else { break }
      let payload = data[data.startIndex + offset + 8..<data.startIndex + offset + 8 + length]
      guard crc32c(payload) == crc else { break }
      if occasion == nil {
        occasion = String(decoding: payload, as: UTF8.self)
      } else if let (place, completion) = completion(of: payload) {
        completions[place] = completion
      } else {
        break
      }
      offset += 8 + length
    }
    return (occasion.map { ($0, completions) }, offset)
  }

  private static func completion(of payload: Data) -> (Place, GeneratedCompletion)? {
    let words = payload.count / 4 - 3
    guard payload.count % 4 == 0, words >= 0, words % 2 == 0 else { return nil }
    let numbers = (0..<payload.count / 4).map { number(payload, 4 * $0) }
    var completion = GeneratedCompletion()
    completion.stopped = numbers[2] == 1
    completion.tokens = numbers[3..<3 + words / 2].map { Int32(bitPattern: $0) }
    completion.logp = numbers[(3 + words / 2)...].map { Float(bitPattern: $0) }
    return (Place(Int(numbers[0]), Int(numbers[1])), completion)
  }

  private static func number(_ data: Data, _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(data[data.startIndex + offset + $1]) << (8 * UInt32($1)) }
  }
}

/// A hash of bytes that is the same in every process and on every machine, unlike `Hasher`'s: FNV-1a of 64 bits
/// (Fowler, Noll, Vo). It spreads its low bits well and its high ones badly, and nothing about it is secret.
public struct StableHash: Sendable {
  @usableFromInline internal var state: UInt64

  @inlinable public var value: UInt64 { state }

  @inlinable public init() { state = 0xcbf2_9ce4_8422_2325 }

  public init(_ text: String) {
    self.init()
    combine(text.utf8)
  }

  @inlinable public mutating func combine(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

  @inlinable public mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { combine(byte) }
  }
}

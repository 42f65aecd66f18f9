import Testing
import VerifierKit

/// Values of the algorithm's authors' own list.
@Test(
  "FNV-1a of 64 bits",
  arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
    as [(String, UInt64)])
func stableHash(text: String, value: UInt64) {
  #expect(StableHash(text).value == value)
}

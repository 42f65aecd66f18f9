import AssayNumerics
import Foundation

/// The table of architectures: what each does otherwise than Llama. A new one adds a case, its differences, and a
/// golden file (tools/golden_architectures.py).
public enum ModelFamily: String, Sendable, Hashable, CaseIterable {
  /// Touvron et al. 2023, arXiv:2302.13971; Llama 3: arXiv:2407.21783; SmolLM2: arXiv:2502.02737.
  case llama
  /// Sliding-window attention. Jiang et al. 2023, arXiv:2310.06825, §2.
  case mistral
  /// Biases on queries, keys and values. arXiv:2407.10671, §2.2; Qwen 2.5 is the same.
  case qwen2
  /// Queries and keys are normed head by head. arXiv:2505.09388, §2.
  case qwen3
  /// GeGLU, norms that multiply by 1 + w, an embedding scaled by √hidden. arXiv:2403.08295, §2.
  case gemma
  /// Latent attention and experts, the base of R1. arXiv:2412.19437, §2.1.
  case deepseekV3 = "deepseek_v3"

  /// Of transformers.
  var className: String {
    switch self {
    case .llama: "LlamaForCausalLM"
    case .mistral: "MistralForCausalLM"
    case .qwen2: "Qwen2ForCausalLM"
    case .qwen3: "Qwen3ForCausalLM"
    case .gemma: "GemmaForCausalLM"
    case .deepseekV3: "DeepseekV3ForCausalLM"
    }
  }

  var hasBias: Bool { self == .qwen2 }
  var hasHeadNorms: Bool { self == .qwen3 }
  var activation: GatedUnit.Activation { self == .gemma ? .gelu : .silu }
  /// What is added to the weight of a norm.
  var normOffset: Float { self == .gemma ? 1 : 0 }
  func embeddingScale(_ hiddenSize: Int) -> Float { self == .gemma ? Float(hiddenSize).squareRoot() : 1 }

  // What transformers takes where config.json says nothing.
  var defaultHeadDimension: Int? {
    switch self {
    case .qwen3: 128
    case .gemma: 256
    default: nil
    }
  }
  var defaultTie: Bool { self == .gemma }
}

/// Rotary frequencies slowed down for longer contexts, as Llama 3 does: below `lowFactor` turns within the original
/// context a frequency is divided by `factor`, above `highFactor` kept, and interpolated in between. Dubey et al. 2024,
/// arXiv:2407.21783, §3.2; `rope_type: llama3` of transformers.
public struct RopeScaling: Sendable, Hashable {
  public var factor: Double
  public var lowFactor: Double
  public var highFactor: Double
  public var originalPositions: Int

  func scaled(_ frequency: Double) -> Double {
    let turns = Double(originalPositions) * frequency / (2 * .pi)
    if turns < lowFactor { return frequency / factor }
    if turns > highFactor { return frequency }
    let share = (turns - lowFactor) / (highFactor - lowFactor)
    return (1 - share) * frequency / factor + share * frequency
  }
}

extension ModelConfig {
  /// Radians a position, of each pair of a head's dimensions. Su et al. 2021, arXiv:2104.09864, eq. 15.
  var rotaryFrequencies: [Double] {
    (0..<rotatedDimension / 2).map { pair in
      let frequency = pow(Double(ropeTheta), -2 * Double(pair) / Double(rotatedDimension))
      return ropeScaling?.scaled(frequency) ?? frequency
    }
  }
}

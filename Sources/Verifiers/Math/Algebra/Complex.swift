import Foundation

/// A complex number in fp64, with the principal branches of ISO C.
struct Complex {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double = 0) { (self.re, self.im) = (re, im) }

  var isFinite: Bool { re.isFinite && im.isFinite }
  var magnitude: Double { hypot(re, im) }
  /// An imaginary part that is only rounding counts as none.
  var real: Double? { abs(im) <= 1e-13 * abs(re) || im == 0 ? re : nil }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  static prefix func - (a: Complex) -> Complex { Complex(-a.re, -a.im) }
  static func * (a: Complex, b: Complex) -> Complex {
    if a.im == 0, b.im == 0 { return Complex(a.re * b.re) }
    return Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }
  static func / (a: Complex, b: Complex) -> Complex {
    if a.im == 0, b.im == 0 { return Complex(a.re / b.re) }
    let size = b.re * b.re + b.im * b.im
    return Complex((a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size)
  }

  var logarithm: Complex { im == 0 && re > 0 ? Complex(log(re)) : Complex(log(magnitude), atan2(im, re)) }
  var exponential: Complex {
    im == 0 ? Complex(exp(re)) : Complex(exp(re) * cos(im), exp(re) * sin(im))
  }

  func power(_ exponent: Complex) -> Complex {
    if im == 0, exponent.im == 0 {
      if re >= 0 || exponent.re == exponent.re.rounded() { return Complex(pow(re, exponent.re)) }
    }
    if exponent.im == 0, exponent.re == exponent.re.rounded(), abs(exponent.re) <= 64 {
      var result = Complex(1)
      for _ in 0..<Int(abs(exponent.re)) { result = result * self }
      return exponent.re < 0 ? Complex(1) / result : result
    }
    if re == 0, im == 0 { return Complex(exponent.re > 0 ? 0 : .nan) }
    return (logarithm * exponent).exponential
  }

  /// `root` of degree n: real for odd degrees of negative numbers, as in school.
  func root(_ degree: Double) -> Complex {
    if im == 0, re >= 0 {
      return Complex(degree == 2 ? re.squareRoot() : degree == 3 ? cbrt(re) : pow(re, 1 / degree))
    }
    if im == 0, degree == 2 { return Complex(0, (-re).squareRoot()) }
    if im == 0, degree == degree.rounded(), abs(degree) < 1e9, Int(degree) % 2 != 0 {
      return Complex(-pow(-re, 1 / degree))
    }
    return power(Complex(1 / degree))
  }
}

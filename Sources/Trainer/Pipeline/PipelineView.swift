extension Pipeline {
  /// How far something has come, where a person looks for it.
  /// - Parameter isTold: Whether each step's row says the same: then a live view shows that alone.
  func makeProgress(_ label: String, total: Int, isTold: Bool = false) -> Progress {
    view?.progress(label, total: total, isTold: isTold) ?? Progress(label, total: total)
  }
}

extension String {
    /// This sentence with what it is about before it, unless it names that already.
    package func naming(_ subject: String) -> String {
        contains(subject) ? self : "\(subject): \(self)"
    }
}

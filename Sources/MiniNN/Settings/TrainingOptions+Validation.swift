extension TrainingOptions {
    /// Checks what came from a user.
    ///
    /// - Throws: `TrainingError.invalidOption`, which names the first that cannot be used.
    public func validate() throws(TrainingError) {
        try require(steps >= 0, "number of steps", "\(steps)", "at least 0")
        try require(batchSize >= 1, "batch size", "\(batchSize)", "at least 1")
        try require(
            gradientAccumulation >= 1, "number of batches for a step", "\(gradientAccumulation)",
            "at least 1")
        if let clipNorm {
            try require(
                clipNorm > 0, "limit of the gradient norm", "\(clipNorm)", "above 0, or none")
        }
        try require(
            validationInterval >= 0, "number of steps between validations",
            "\(validationInterval)", "at least 0, which is never")
        if let validationBatches {
            try require(
                validationBatches >= 1, "number of validation batches", "\(validationBatches)",
                "at least 1, or none for all")
        }
    }

    private func require(
        _ isSound: Bool, _ name: String, _ value: String, _ allowed: String
    ) throws(TrainingError) {
        guard !isSound else { return }
        throw .invalidOption(name: name, value: value, allowed: allowed)
    }
}

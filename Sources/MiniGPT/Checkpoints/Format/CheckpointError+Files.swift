import MiniNN
import MiniSupport

extension CheckpointError {
    init(_ error: InterchangeError) {
        switch error {
        case .file(let path, let problem): self = .file(path: path, problem: problem)
        case .malformed(let path, let field, let problem),
            .unsupported(let path, let field, let problem):
            self = .damaged(path: path, problem: "\(field) \(problem)")
        case .weights(let mismatch):
            self = .damaged(path: mismatch.path, problem: mismatch.description)
        }
    }

    init(_ failure: WriterLock.Failure) {
        switch failure {
        case .file(let path, let problem): self = .file(path: path, problem: problem)
        case .locked(let directory, let process):
            self = .locked(directory: directory, process: process)
        }
    }
}

/// Runs `body` and turns its errors into those of checkpoints.
func asCheckpointError<Result>(
    _ body: () throws(InterchangeError) -> Result
) throws(CheckpointError) -> Result {
    do throws(InterchangeError) {
        return try body()
    } catch {
        throw CheckpointError(error)
    }
}

/// Runs `body` and turns failures of files into errors of checkpoints.
func asCheckpointError<Result>(
    _ body: () throws(FileFailure) -> Result
) throws(CheckpointError) -> Result {
    do throws(FileFailure) {
        return try body()
    } catch {
        throw CheckpointError(InterchangeError(error))
    }
}

/// Runs file operations and turns their errors into those of checkpoints.
func asCheckpointError<Result>(
    on path: String, _ body: () throws(FileOperationFailure) -> Result
) throws(CheckpointError) -> Result {
    do throws(FileOperationFailure) {
        return try body()
    } catch {
        throw CheckpointError(InterchangeError(error.error(path)))
    }
}

import MiniGPT

/// Which documents, or which part of the last ones, are kept for validation.
struct DocumentSplit: Equatable {
    /// A document as far as the choice needs to know it.
    struct Entry {
        let mark: UInt64
        let bytes: Int
        let characters: Int

        init(_ document: Document, seed: UInt64) {
            // The choice follows the document, not its place: others may come and go.
            var generator = SplitMix64(seed: CRC64(Array(document.id.utf8)).value ^ seed)
            mark = generator.next()
            bytes = document.text.utf8.count
            characters = document.text.unicodeScalars.count
        }
    }

    /// Where the text is split.
    enum Place: Equatable {
        /// These documents, by their numbers, are for validation.
        case documents(Set<Int>)
        /// The first `characters` of this document are for training, and all before it; the rest is
        /// for validation.
        case text(document: Int, characters: Int)
    }

    let place: Place

    /// Chooses about as much as asked for: whole documents if that comes within half and twice of
    /// it, else the end of the text.
    init(_ entries: [Entry], share: Double) {
        let total = entries.reduce(0) { $0 + $1.bytes }
        let wanted = share * Double(total)
        var (chosen, bytes) = (Set<Int>(), 0)
        let order = entries.indices.sorted { (entries[$0].mark, $0) < (entries[$1].mark, $1) }
        for index in order where Double(bytes) < wanted {
            guard Double(bytes + entries[index].bytes) <= 2 * wanted else { continue }
            chosen.insert(index)
            bytes += entries[index].bytes
        }
        if Double(bytes) >= wanted / 2, chosen.count < entries.count, bytes < total {
            place = .documents(chosen)
        } else {
            place = Self.cut(entries, share: share)
        }
    }

    private static func cut(_ entries: [Entry], share: Double) -> Place {
        // In characters, as nanoGPT does.
        var rest = Int(Double(entries.reduce(0) { $0 + $1.characters }) * (1 - share))
        for (index, entry) in entries.enumerated() {
            if rest <= entry.characters { return .text(document: index, characters: rest) }
            rest -= entry.characters
        }
        return .text(document: max(0, entries.count - 1), characters: 0)
    }

    /// The parts of a document, by its number.
    func parts(_ text: String, number: Int) -> (training: String?, validation: String?) {
        switch place {
        case .documents(let chosen):
            return chosen.contains(number) ? (nil, text) : (text, nil)
        case .text(let document, _) where number != document:
            return number < document ? (text, nil) : (nil, text)
        case .text(_, let characters):
            let scalars = text.unicodeScalars
            let cut = scalars.index(scalars.startIndex, offsetBy: characters)
            let (head, tail) = (String(scalars[..<cut]), String(scalars[cut...]))
            return (head.isEmpty ? nil : head, tail.isEmpty ? nil : tail)
        }
    }
}

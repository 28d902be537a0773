import MiniGPT

// nanoGPT's model.py (Andrej Karpathy, MIT licence), translated line by line: what stands in the Python
// file from top to bottom stands here in the same order and by the same names, without underscores. What
// reads other people's weights and estimates utilisation is left out: `GPT` of the library does both.

struct CausalSelfAttention: Module {
    var cAttn: Linear
    var cProj: Linear
    let attnDropout: Dropout
    let residDropout: Dropout
    let nHead: Int

    init(_ config: NanoGPT.Config, using random: inout some RandomNumberGenerator) {
        precondition(config.nEmbd % config.nHead == 0)
        cAttn = Linear(config.nEmbd, 3 * config.nEmbd, bias: config.bias, using: &random)
        cProj = Linear(config.nEmbd, config.nEmbd, bias: config.bias, using: &random)
        attnDropout = Dropout(p: config.dropout)
        residDropout = Dropout(p: config.dropout)
        nHead = config.nHead
    }

    /// `usesFlash` is nanoGPT's `self.flash`.
    func callAsFunction(_ x: Tensor, mode: Mode, usesFlash: Bool) -> Tensor {
        let (B, T, C) = x.shape3
        let parts = cAttn(x).split(parts: 3, axis: 2)
        let k = parts[1].reshaped(B, T, nHead, C / nHead).swappedAxes(1, 2)
        let q = parts[0].reshaped(B, T, nHead, C / nHead).swappedAxes(1, 2)
        let v = parts[2].reshaped(B, T, nHead, C / nHead).swappedAxes(1, 2)
        var y: Tensor
        if usesFlash {
            y = scaledDotProductAttention(queries: q, keys: k, values: v, mask: .causal)
        } else {
            var att = matmul(q, k.swappedAxes(-2, -1)) * (1 / Float(k.dim(-1)).squareRoot())
            let future = Tensor(0..<T) .> Tensor(0..<T, shape: [T, 1])
            att = att.filled(where: future, with: -.infinity)
            att = softmax(att, axis: -1)
            att = attnDropout(att, mode: mode.part(0))
            y = matmul(att, v)
        }
        y = y.swappedAxes(1, 2).reshaped(B, T, C)
        return residDropout(cProj(y), mode: mode.part(1))
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("cAttn", &cAttn)
        visitor.visit("cProj", &cProj)
    }
}

struct MLP: Module {
    var cFc: Linear
    var cProj: Linear
    let dropout: Dropout

    init(_ config: NanoGPT.Config, using random: inout some RandomNumberGenerator) {
        cFc = Linear(config.nEmbd, 4 * config.nEmbd, bias: config.bias, using: &random)
        cProj = Linear(4 * config.nEmbd, config.nEmbd, bias: config.bias, using: &random)
        dropout = Dropout(p: config.dropout)
    }

    func callAsFunction(_ x: Tensor, mode: Mode) -> Tensor {
        var x = cFc(x)
        x = gelu(x)
        x = cProj(x)
        return dropout(x, mode: mode)
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("cFc", &cFc)
        visitor.visit("cProj", &cProj)
    }
}

struct NanoBlock: Module {
    var ln1: LayerNorm
    var attn: CausalSelfAttention
    var ln2: LayerNorm
    var mlp: MLP

    init(_ config: NanoGPT.Config, using random: inout some RandomNumberGenerator) {
        ln1 = LayerNorm(dimensions: config.nEmbd, bias: config.bias)
        attn = CausalSelfAttention(config, using: &random)
        ln2 = LayerNorm(dimensions: config.nEmbd, bias: config.bias)
        mlp = MLP(config, using: &random)
    }

    func callAsFunction(_ x: Tensor, mode: Mode, usesFlash: Bool) -> Tensor {
        var x = x
        x = x + attn(ln1(x), mode: mode.part(0), usesFlash: usesFlash)
        x = x + mlp(ln2(x), mode: mode.part(1))
        return x
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("ln1", &ln1)
        visitor.visit("attn", &attn)
        visitor.visit("ln2", &ln2)
        visitor.visit("mlp", &mlp)
    }
}

struct NanoGPT: Module {
    struct Config {
        var blockSize = 1024
        var vocabSize = 50304
        var nLayer = 12
        var nHead = 12
        var nEmbd = 768
        var dropout: Float = 0
        var bias = true
    }

    var config: Config
    var wte: Embedding
    var wpe: Embedding
    let drop: Dropout
    var h: [NanoBlock]
    var lnF: LayerNorm

    init(_ config: Config, using random: inout some RandomNumberGenerator) {
        self.config = config
        wte = Embedding(count: config.vocabSize, dimensions: config.nEmbd, using: &random)
        wpe = Embedding(count: config.blockSize, dimensions: config.nEmbd, using: &random)
        drop = Dropout(p: config.dropout)
        h = []
        for _ in 0..<config.nLayer { h.append(NanoBlock(config, using: &random)) }
        lnF = LayerNorm(dimensions: config.nEmbd, bias: config.bias)
        // init all weights, and scaled init for the residual projections
        let projection = 0.02 / (2 * Float(config.nLayer)).squareRoot()
        var drawn = SplitMix64(seed: random.next())
        mapParameters { name, value in
            guard value.rank >= 2 else { return value }
            let std = name.hasSuffix("cProj.weight") ? projection : 0.02
            return .normal(value.shape, standardDeviation: std, using: &drawn)
        }
    }

    func getNumParams(nonEmbedding: Bool = true) -> Int {
        parameterCount - (nonEmbedding ? wpe.weight.count : 0)
    }

    func callAsFunction(
        _ idx: TokenBatch, targets: TokenBatch? = nil, mode: Mode = .inference,
        usesFlash: Bool = true
    ) -> (logits: Tensor, loss: Tensor?) {
        let t = idx.time
        precondition(
            t <= config.blockSize,
            "Cannot forward sequence of length \(t), block size is only \(config.blockSize)")
        let pos = TokenBatch(Array(0..<Int32(t)))

        let tokEmb = wte(idx)  // [b, t, nEmbd]
        let posEmb = wpe(pos)  // [1, t, nEmbd]
        var x = drop(tokEmb + posEmb, mode: mode.part(0))
        for (index, block) in h.enumerated() {
            x = block(x, mode: mode.part(index + 1), usesFlash: usesFlash)
        }
        x = lnF(x)

        if let targets {
            let logits = wte.asLinear(x)
            return (logits, crossEntropy(logits: logits, targets: targets, ignoring: -1))
        }
        let logits = wte.asLinear(x[.all, (-1)..., .all])
        return (logits, nil)
    }

    mutating func cropBlockSize(_ blockSize: Int) {
        precondition(blockSize <= config.blockSize)
        config.blockSize = blockSize
        wpe.weight = wpe.weight[..<blockSize]
    }

    func configureOptimizers(
        weightDecay: Float, learningRate: Float, betas: (Double, Double)
    ) -> AdamW {
        // any parameter that is 2D will be weight decayed, otherwise no
        AdamW(
            learningRate: learningRate, betas: betas, weightDecay: weightDecay,
            decays: { _, shape in shape.count >= 2 })
    }

    func generate(
        _ idx: [Int32], maxNewTokens: Int, temperature: Float = 1, topK: Int? = nil,
        using random: inout some RandomNumberGenerator
    ) -> [Int32] {
        var idx = idx
        for _ in 0..<maxNewTokens {
            let idxCond = Array(idx.suffix(config.blockSize))
            var logits = self(TokenBatch(idxCond)).logits[0, -1] / temperature
            if let topK {
                let v = logits.topK(min(topK, logits.dim(-1))).values
                logits = logits.filled(where: logits .< v[-1], with: -.infinity)
            }
            let probs = softmax(logits, axis: -1)
            // torch.multinomial
            let u = Float.random(in: 0..<1, using: &random)
            let idxNext = (probs.cumulativeSum() .<= u).sum().item()
            idx.append(Int32(min(Int(idxNext), probs.count - 1)))
        }
        return idx
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("wte", &wte)
        visitor.visit("wpe", &wpe)
        visitor.visit("h", &h)
        visitor.visit("lnF", &lnF)
    }
}

import MusterBase

/// Works off the steps of one noderange.
struct NodeRangeEvaluator {
    let resolver: (any NodeRangeResolver)?
    let limit: Int
    let text: String
    /// How many names may still be looked at, in all steps together. It keeps a short text from asking for hours of
    /// work, such as a million nodes filtered a thousand times.
    private var budget: Int

    init(resolver: (any NodeRangeResolver)?, limit: Int, text: String) {
        self.resolver = resolver
        self.limit = limit
        self.text = text
        budget = limit.multipliedReportingOverflow(by: 30).overflow ? .max : limit * 30
    }

    private func error(
        _ problem: String, at operand: NodeRange.Operand, code: MusterError.Code = .invalidInput, advice: String? = nil
    ) -> MusterError {
        noderangeError(text, at: operand.offset, problem, code: code, advice: advice)
    }

    private mutating func spend(_ names: Int, at operand: NodeRange.Operand) throws(MusterError) {
        budget -= names
        guard budget >= 0 else { throw tooMuchWork(operand) }
    }

    mutating func expand(_ steps: [NodeRange.Step]) throws(MusterError) -> NodeSet {
        var result = NodeSet()
        var index = 0
        while index < steps.count {
            switch steps[index] {
            case .union(let operand):
                result = result.union(try collect(steps, from: &index, where: unionOperand))
                try check(result.count, at: operand)
                try spend(result.count, at: operand)
            case .subtract(let operand):
                try spend(result.count, at: operand)
                result = result.subtracting(try collect(steps, from: &index, where: subtractOperand))
            case .intersect(let operand):
                try spend(result.count, at: operand)
                result = result.intersection(try value(of: operand))
                index += 1
            case .first(let count):
                result = NodeSet(ascending: Array(result.names.prefix(count)))
                index += 1
            case .skip(let count):
                result = NodeSet(ascending: Array(result.names.dropFirst(count)))
                index += 1
            }
        }
        return result
    }

    /// The union of all operands of equal steps in a row, so that a list of many names is sorted once.
    private mutating func collect(
        _ steps: [NodeRange.Step], from index: inout Int, where operand: (NodeRange.Step) -> NodeRange.Operand?
    ) throws(MusterError) -> NodeSet {
        guard index < steps.count, let first = operand(steps[index]) else { return NodeSet() }
        index += 1
        guard index < steps.count, operand(steps[index]) != nil else { return try value(of: first) }
        var names = try value(of: first).names
        while index < steps.count, let next = operand(steps[index]) {
            names.append(contentsOf: try value(of: next).names)
            try check(names.count, at: next)
            index += 1
        }
        return NodeSet(names)
    }

    private func check(_ count: Int, at operand: NodeRange.Operand) throws(MusterError) {
        guard count <= limit else {
            throw error("the expression stands for more than \(limit) names, the limit", at: operand)
        }
    }

    // MARK: Operands

    private mutating func value(of operand: NodeRange.Operand) throws(MusterError) -> NodeSet {
        switch operand.content {
        case .parentheses(let steps): return try expand(steps)
        case .pattern(let pattern): return try names(of: pattern, operand)
        case .name(let name): return try names(reading: name, operand)
        case .matching(let pattern):
            let all = try inventory(for: "a regular expression", operand).allNodes
            try spend(all.count, at: operand)
            return try matching(pattern, operand, among: all) { [$0] }
        case .attribute(let test): return try nodes(passing: test, operand)
        }
    }

    /// A name that exists wins over a range that it could be read as.
    private mutating func names(reading name: String, _ operand: NodeRange.Operand) throws(MusterError) -> NodeSet {
        if let resolver {
            if resolver.exists(node: name) { return NodeSet(ascending: [name]) }
            if let members = resolver.members(ofGroup: name) {
                try spend(members.count, at: operand)
                return members
            }
        }
        let pattern: NamePattern?
        do throws(RangeProblem) {
            pattern = try FromToForm.read(name)
        } catch {
            throw self.error(error.text, at: operand)
        }
        if let pattern { return try names(of: pattern, operand) }
        if name.utf8.contains(UInt8(ascii: ":")) {
            throw error(
                "'\(name)' is not a range: both sides of ':' must be the same name with other numbers, as in n1:n40",
                at: operand)
        }
        guard resolver == nil else { throw unknown([name], operand) }
        return NodeSet(ascending: [name])
    }

    private mutating func names(of pattern: NamePattern, _ operand: NodeRange.Operand) throws(MusterError) -> NodeSet {
        guard let count = pattern.count, count <= limit else {
            throw error("the range stands for more than \(limit) names, the limit", at: operand)
        }
        try spend(count, at: operand)
        let names = pattern.names()
        let set = pattern.isAscending ? NodeSet(ascending: names) : NodeSet(names)
        guard let resolver else { return set }
        if set.names.allSatisfy({ resolver.exists(node: $0) }) { return set }
        return try resolve(set.names, resolver, operand)
    }

    /// Names from a range of which some are groups or missing.
    private mutating func resolve(
        _ names: [String], _ resolver: any NodeRangeResolver, _ operand: NodeRange.Operand
    ) throws(MusterError) -> NodeSet {
        var nodes: [String] = []
        var missing: [String] = []
        for name in names {
            if resolver.exists(node: name) {
                nodes.append(name)
            } else if let members = resolver.members(ofGroup: name) {
                try spend(members.count, at: operand)
                nodes.append(contentsOf: members)
            } else {
                missing.append(name)
            }
        }
        guard missing.isEmpty else { throw unknown(missing, operand) }
        return NodeSet(nodes)
    }

    private func unknown(_ names: [String], _ operand: NodeRange.Operand) -> MusterError {
        let listed = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        let advice = "`muster node list` and `muster group list` show the names there are"
        return error("there is no node or group \(listed)\(more)", at: operand, code: .notFound, advice: advice)
    }

    // MARK: Attributes and regular expressions

    private func inventory(
        for what: String, _ operand: NodeRange.Operand
    ) throws(MusterError) -> any NodeRangeResolver {
        guard let resolver else {
            throw error("\(what) needs an inventory; here only names and ranges are allowed", at: operand)
        }
        return resolver
    }

    private mutating func nodes(
        passing test: NodeRange.AttributeTest, _ operand: NodeRange.Operand
    ) throws(MusterError) -> NodeSet {
        let resolver = try inventory(for: "an attribute", operand)
        let all = resolver.allNodes
        try spend(all.count, at: operand)
        let read: (String) -> [String]
        do throws(MusterError) {
            read = try resolver.reader(ofAttribute: test.attribute)
        } catch {
            throw noderangeError(text, at: operand.offset, error.message, code: error.code, advice: error.advice)
        }
        let wanted = test.value
        switch test.comparison {
        case .equals, .differs:
            let positive = test.comparison == .equals
            return try filter(all, operand) { isValue(wanted, among: read($0)) == positive }
        case .matches, .doesNotMatch:
            let matching = try matching(wanted, operand, among: all, texts: read)
            return test.comparison == .matches ? matching : all.subtracting(matching)
        }
    }

    /// Those of which a text has a match. The steps of the search are part of the expression's work.
    private mutating func matching(
        _ pattern: String, _ operand: NodeRange.Operand, among all: NodeSet, texts: (String) -> [String]
    ) throws(MusterError) -> NodeSet {
        var matcher: TextMatcher
        do throws(RegexProblem) {
            matcher = try TextMatcher(pattern)
        } catch {
            throw self.error("'\(pattern)' is not a regular expression: \(error.text)", at: operand)
        }
        var charged = 0
        var work = budget
        defer { budget = work }
        return try filter(all, operand) { name throws(MusterError) in
            if matcher.steps - charged > NodeRangeEvaluator.stepsBetweenChecks {
                work -= (matcher.steps - charged) / NodeRangeEvaluator.stepsOfOneName
                charged = matcher.steps
                guard work >= 0 else { throw tooMuchWork(operand) }
                try stopIfCancelled(operand)
            }
            return texts(name).contains { matcher.hasMatch(in: $0) }
        }
    }

    /// Those that pass a test, which may take long for many. It ends early when nobody waits for it any more.
    private func filter(
        _ all: NodeSet, _ operand: NodeRange.Operand, where passes: (String) throws(MusterError) -> Bool
    ) throws(MusterError) -> NodeSet {
        var names: [String] = []
        for (index, name) in all.names.enumerated() {
            if index % NodeRangeEvaluator.namesBetweenChecks == 0 { try stopIfCancelled(operand) }
            if try passes(name) { names.append(name) }
        }
        return NodeSet(ascending: names)
    }

    private func stopIfCancelled(_ operand: NodeRange.Operand) throws(MusterError) {
        guard !Task.isCancelled else { throw error("nobody waits for it any more", at: operand, code: .cancelled) }
    }

    private func tooMuchWork(_ operand: NodeRange.Operand) -> MusterError {
        error("the expression as a whole takes too much work", at: operand)
    }

    private static let namesBetweenChecks = 1024
    /// How many steps of a search count as much as looking at one name.
    private static let stepsOfOneName = 16
    private static let stepsBetweenChecks = 1 << 16
}

private func unionOperand(_ step: NodeRange.Step) -> NodeRange.Operand? {
    if case .union(let operand) = step { operand } else { nil }
}

private func subtractOperand(_ step: NodeRange.Step) -> NodeRange.Operand? {
    if case .subtract(let operand) = step { operand } else { nil }
}

/// An unset attribute counts as an empty value.
private func isValue(_ wanted: String, among values: [String]) -> Bool {
    wanted.isEmpty ? values.allSatisfy(\.isEmpty) : values.contains(wanted)
}

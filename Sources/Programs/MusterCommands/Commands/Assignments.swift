import ArgumentParser
import MusterBase

/// The `attr=value …` at the end of a command line.
struct Assignments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "attr=value sets, attr= clears, attr+=value and attr-=value add to and take from a list.",
            valueName: "attr=value"))
    var assignments: [String] = []

    /// Only the form is looked at: which attributes and values there are is known to the service.
    mutating func validate() throws {
        for text in assignments {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError(
                    "'\(text)' is no assignment: attr=value, attr=, attr+=value or attr-=value expected")
            }
        }
    }
}

/// The first argument of most commands.
extension ArgumentHelp {
    static let nodes = ArgumentHelp("Noderange, such as n[1-40] or rack1,-n7; quote < and >.", valueName: "nodes")
    static let groupNames = ArgumentHelp("Names of groups, separated by commas.", valueName: "groups")
}

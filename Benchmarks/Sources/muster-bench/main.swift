import Glibc

let usage = """
    usage: muster-bench inventory NODES
           muster-bench dhcp offers|exchanges SERVER-PORT SECONDS IN-FLIGHT NODES

    """

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("inventory", 2):
    guard let nodes = Int(arguments[1]), nodes > 0 else { fallthrough }
    try await InventoryBench(nodes: nodes).run()
case ("dhcp", 6):
    // The answers go to the relay's port on loopback, which is the standard one.
    guard let port = UInt16(arguments[2]), let seconds = Double(arguments[3]), let window = Int(arguments[4]),
        let nodes = UInt64(arguments[5]),
        var load = DHCPLoad(
            serverPort: port, relayPort: 67, wholeExchange: arguments[1] == "exchanges", nodes: nodes)
    else { fallthrough }
    load.run(seconds: seconds, window: window)
    load.report()
default:
    fputs(usage, stdout)
    exit(64)
}

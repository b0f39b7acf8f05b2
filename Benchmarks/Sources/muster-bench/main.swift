import Glibc

/// Says how it is called, and ends with the status for wrong usage.
func refuse() -> Never {
    let usage = """
        usage: muster-bench inventory NODES
               muster-bench dhcp offers|exchanges SERVER-PORT SECONDS IN-FLIGHT NODES

        """
    _ = write(STDERR_FILENO, usage, usage.utf8.count)
    exit(64)
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("inventory", 2):
    guard let nodes = Int(arguments[1]), nodes > 0 else { refuse() }
    try await InventoryBench(nodes: nodes).run()
case ("dhcp", 6):
    guard ["offers", "exchanges"].contains(arguments[1]), let port = UInt16(arguments[2]),
        let seconds = Double(arguments[3]), let window = Int(arguments[4]), window > 0,
        let nodes = UInt64(arguments[5]), nodes > 0
    else { refuse() }
    // The answers go to the relay's port on loopback, which is the standard one.
    let wholeExchange = arguments[1] == "exchanges"
    guard var load = DHCPLoad(serverPort: port, relayPort: 67, wholeExchange: wholeExchange, nodes: nodes) else {
        let reason = "muster-bench: cannot take the relay's port on loopback: \(String(cString: strerror(errno)))\n"
        _ = write(STDERR_FILENO, reason, reason.utf8.count)
        exit(1)
    }
    load.run(seconds: seconds, window: window)
    load.report()
default:
    refuse()
}

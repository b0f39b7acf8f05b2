import NIOCore
import NIOHTTP1

extension FrontHandler {
    /// Answers a request for a file.
    func answerWithFile(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let files = rules.files else { return refuse(.notFound, context) }
        guard !answerFromMemory(head, files, context) else { return }
        let path: RequestPath
        do throws(RequestPath.Refusal) {
            path = try RequestPath(target: head.uri)
        } catch {
            answer(error == .hidden ? .notFound : .badRequest, path: head.uri, context)
            return
        }
        guard head.method == .GET || head.method == .HEAD else {
            answer(.methodNotAllowed, path: path.text, headers: ["allow": "GET, HEAD"], context)
            return
        }
        do throws(FileRefusal) {
            send(try files.open(path), to: head, path: path, context)
        } catch {
            switch error {
            case .notFound: answer(.notFound, path: path.text, context)
            case .unreadable: answer(.internalServerError, path: path.text, context)
            case .exhausted: answer(.serviceUnavailable, path: path.text, context)
            }
        }
    }

    /// Sends an answer that lies ready. False when there is none for this request.
    private func answerFromMemory(
        _ head: HTTPRequestHead, _ files: PublicFiles, _ context: ChannelHandlerContext
    ) -> Bool {
        guard !order.closes, ReadyAnswer.suits(head), let encoder = encoder(context),
            let answer = files.answer(head.uri)
        else { return false }
        // Past the encoder: these are its octets already.
        encoder.write(NIOAny(IOData.byteBuffer(answer.octets)), promise: nil)
        report(status: 200, path: head.uri, octets: Int64(answer.size), isComplete: true)
        answerIsWritten(context)
        return true
    }

    private func send(
        _ file: OpenedFile, to request: HTTPRequestHead, path requested: RequestPath, _ context: ChannelHandlerContext
    ) {
        let path = requested.text
        let details = file.details
        let plan = StaticPlan(
            request, file: details.facts, type: details.type, lastModified: details.lastModified)
        var head = HTTPResponseHead(version: .http1_1, status: plan.status, headers: plan.headers)
        if request.version.minor == 0, request.isKeepAlive { head.headers.add(name: "connection", value: "keep-alive") }
        writeHead(&head, context)
        let status = Int(plan.status.code)
        switch file.source {
        case .handle(let handle) where !plan.body.isEmpty:
            transmit(handle, plan.body, status: status, path: path, context)
        case .handle(let handle):
            try? handle.close()
            finish(status: status, path: path, octets: 0, context)
        case .memory(let content):
            if ReadyAnswer.suits(request) { rules.files?.keepAnswer(request.uri, requested, headers: plan.headers) }
            let part = content.getSlice(at: Int(plan.body.lowerBound), length: plan.body.count)
            if let slice = part, slice.readableBytes > 0 {
                context.write(wrapOutboundOut(.body(.byteBuffer(slice))), promise: nil)
            }
            finish(status: status, path: path, octets: Int64(plan.body.count), context)
        }
    }

    private func transmit(
        _ handle: NIOFileHandle, _ range: Range<Int64>, status: Int, path: String, _ context: ChannelHandlerContext
    ) {
        let way = rules.isSecure ? FileTransfer.Way.read(rules.fileIO) : .kernel
        let transfer = FileTransfer(handle, range, way: way)
        transfer.onProgress = { self.noteProgress() }
        transfer.onAbandon = { octets in
            self.report(status: status, path: path, octets: octets, isComplete: false)
        }
        self.transfer = transfer
        transfer.start(context) { result in
            self.transfer = nil
            switch result {
            case .success:
                self.finish(status: status, path: path, octets: transfer.sent, context)
            case .failure:
                // The length was promised: only a closed connection tells the client that the rest is missing.
                self.report(status: status, path: path, octets: transfer.sent, isComplete: false)
                context.close(promise: nil)
            }
        }
    }

    private func finish(status: Int, path: String, octets: Int64, _ context: ChannelHandlerContext) {
        report(status: status, path: path, octets: octets, isComplete: true)
        writeEnd(context)
    }

    private func report(status: Int, path: String, octets: Int64, isComplete: Bool) {
        rules.counters.fileOctets.increment(by: octets)
        rules.observer?(
            StaticAccess(
                remoteAddress: remoteAddress, path: path, status: status, octets: octets, isComplete: isComplete,
                isSecure: rules.isSecure))
    }

    /// A short answer without a file; the connection goes on.
    private func answer(
        _ status: HTTPResponseStatus, path: String, headers: HTTPHeaders = [:], _ context: ChannelHandlerContext
    ) {
        let text = ByteBuffer(string: "\(status.reasonPhrase)\n")
        var head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        head.headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        head.headers.add(name: "Content-Length", value: String(text.readableBytes))
        writeHead(&head, context)
        if !isHeadOnly { context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil) }
        finish(status: Int(status.code), path: path, octets: 0, context)
    }

    /// The connection is gone.
    func abandonTransfer() {
        transfer?.abandon()
        transfer = nil
    }
}

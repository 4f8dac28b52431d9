import Jobs

extension EventHub {
    /// Previews are made elsewhere, one at a time; what comes too late is dropped.
    func preview(_ id: JobID) {
        let scope = EventScope.job(id)
        let isWanted = state.withLock { state in
            guard let channel = state.channels[scope], channel.wantsPreviews, !channel.isPreviewing else {
                return false
            }
            state.channels[scope]?.isPreviewing = true
            return true
        }
        guard let previews, isWanted else { return }
        previewQueue.async { [weak self] in
            let preview = previews(id)
            guard let self else { return }
            queue.async { [self] in take(preview, of: id) }
        }
    }

    private func take(_ preview: JobPreview?, of id: JobID) {
        state.withLock { state in
            guard var channel = state.channels[.job(id)] else { return }
            channel.isPreviewing = false
            if let preview, channel.previewed.map({ $0 != (preview.image, preview.step) }) ?? true {
                channel.previewed = (preview.image, preview.step)
                channel.feed.replace(.init(.preview, id), writer.preview(preview, of: id))
            }
            state.channels[.job(id)] = channel
        }
        serve(.job(id))
    }
}

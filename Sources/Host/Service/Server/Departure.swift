import Hummingbird
import HummingbirdCore
import NIOCore
import Synchronization

/// Whether a connection's client has gone, so that what it waits for need not be worked out.
///
/// A client that closes only its sending side looks the same, and is taken for gone.
final class Departure: Sendable {
  private struct State {
    var hasLeft = false
    var act: (@Sendable () -> Void)?
  }
  private let state = Mutex(State())

  func left() {
    let act = state.withLock { state in
      state.hasLeft = true
      return state.act
    }
    act?()
  }

  /// Calls `act` once the client goes; at once when it has gone. Nil forgets the last one.
  func onLeaving(_ act: (@Sendable () -> Void)?) {
    let hasLeft = state.withLock { state in
      state.act = act
      return state.hasLeft
    }
    if hasLeft { act?() }
  }

  /// By channel; one each, for as long as the channel is open.
  private static let open = Mutex<[ObjectIdentifier: Departure]>([:])

  static func of(_ channel: any Channel) -> Departure? { open.withLock { $0[ObjectIdentifier(channel)] } }

  /// Sits in a connection's pipeline and hears of its end.
  final class Listener: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    private let departure = Departure()

    func handlerAdded(context: ChannelHandlerContext) {
      let departure = departure
      Departure.open.withLock { $0[ObjectIdentifier(context.channel)] = departure }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
      Departure.open.withLock { $0[ObjectIdentifier(context.channel)] = nil }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if let event = event as? ChannelEvent, event == .inputClosed { departure.left() }
      context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
      departure.left()
      context.fireChannelInactive()
    }
  }
}

/// The least that a request's context can be, with its connection's end.
struct ServiceContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let departure: Departure?

  init(source: Source) {
    coreContext = .init(source: source)
    departure = Departure.of(source.channel)
  }
}

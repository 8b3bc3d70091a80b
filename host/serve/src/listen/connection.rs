//! One connection, from its handshake to its end.

use crate::config::Config;
use axum::Router;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

/// Bytes of a request's head.
const HEAD_LIMIT: usize = 64 << 10;
/// Headers of a request.
const HEADERS: usize = 100;
/// Requests under way in one HTTP/2 connection.
const STREAMS: u32 = 256;
/// What an HTTP/2 client may send ahead in one request, and in all of a connection: a few full tensors.
const WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// What is spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.1.
    Http,
    /// gRPC, over HTTP/2.
    Grpc,
}

impl Wire {
    /// What metrics call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }

    /// Its name in TLS's handshake.
    pub fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http => b"http/1.1",
            Self::Grpc => b"h2",
        }
    }
}

/// Serves a connection until it ends.
pub async fn serve(stream: TcpStream, wire: Wire, tls: Option<TlsAcceptor>, router: Router, config: &Config, watcher: Watcher) {
    // answers are small, and wait for nothing
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return speak(stream, wire, router, config, watcher).await };
    match tokio::time::timeout(config.read_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, wire, router, config, watcher).await,
        Ok(Err(cause)) => tracing::debug!("a TLS handshake failed: {cause}"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn speak<S>(stream: S, wire: Wire, router: Router, config: &Config, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = TowerToHyperService::new(router);
    let ended = match wire {
        Wire::Http => {
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(config.read_timeout).max_buf_size(HEAD_LIMIT).max_headers(HEADERS);
            watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await
        }
        Wire::Grpc => {
            // whoever is there answers pings; those who never begin are asked nothing, and end by this
            let patience = config.read_timeout;
            let mut stream = TimeoutStream::new(stream);
            stream.set_read_timeout(Some(3 * patience));
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new()).keep_alive_interval(Some(patience)).keep_alive_timeout(patience);
            builder.max_concurrent_streams(STREAMS).max_header_list_size(HEAD_LIMIT as u32);
            builder.initial_stream_window_size(WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
            watcher.watch(builder.serve_connection(TokioIo::new(Box::pin(stream)), service)).await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!("a connection ended: {cause}");
    }
}

//! Ports, connections, and the end of both.

mod connection;
mod tls;

use crate::error::ServeError;
use crate::server::Server;
use crate::{grpc, http};
use axum::Router;
use connection::Wire;
use hyper_util::server::graceful::GracefulShutdown;
use prometheus_client::metrics::gauge::Gauge;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{watch, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Pause after a connection could not be accepted, as when files have run out.
const PAUSE: Duration = Duration::from_millis(50);

/// A server that has its ports and serves as soon as it is run.
pub struct Listening {
    server: Arc<Server>,
    ports: Vec<Port>,
}

struct Port {
    listener: TcpListener,
    address: SocketAddr,
    wire: Wire,
    tls: Option<TlsAcceptor>,
    router: Router,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything that was under way has its answer.
    Drained,
    /// So many connections were cut off, because the time was over.
    CutOff(usize),
}

impl Listening {
    /// Takes the ports of `server`'s configuration.
    ///
    /// # Errors
    /// An address that cannot be had, or TLS files that cannot be used.
    pub async fn bind(server: Arc<Server>) -> Result<Self, ServeError> {
        let config = &server.config;
        let mut ports = Vec::new();
        for (address, wire) in [(config.http, Wire::Http), (config.grpc, Wire::Grpc)] {
            let Some(address) = address else { continue };
            let tls = config.tls.as_ref().map(|files| tls::acceptor(files, wire.alpn())).transpose()?;
            let refused = |cause| ServeError::Bind { address, cause };
            let listener = TcpListener::bind(address).await.map_err(refused)?;
            let address = listener.local_addr().map_err(refused)?;
            let router = match wire {
                Wire::Http => http::router(server.clone()),
                Wire::Grpc => grpc::router(server.clone()),
            };
            ports.push(Port { listener, address, wire, tls, router });
        }
        if ports.is_empty() {
            return Err(ServeError::Nowhere);
        }
        Ok(Self { server, ports })
    }

    fn address(&self, wire: Wire) -> Option<SocketAddr> {
        self.ports.iter().find(|port| port.wire == wire).map(|port| port.address)
    }

    /// Where HTTP is served.
    pub fn http(&self) -> Option<SocketAddr> {
        self.address(Wire::Http)
    }

    /// Where gRPC is served.
    pub fn grpc(&self) -> Option<SocketAddr> {
        self.address(Wire::Grpc)
    }

    /// Serves until `stop` is there; then accepts nothing more, and lets what is under way end for as long as the configuration says.
    pub async fn run(self, stop: impl Future<Output = ()>) -> End {
        let (stopping, stopped) = watch::channel(());
        let graceful = Arc::new(GracefulShutdown::new());
        let mut ports = JoinSet::new();
        for port in self.ports {
            ports.spawn(port.accept(self.server.clone(), graceful.clone(), stopped.clone()));
        }
        stop.await;
        self.server.stop();
        drop(stopping);
        let mut connections = ports.join_all().await;
        // the ports' holds on it went with them
        let drained = async {
            if let Some(graceful) = Arc::into_inner(graceful) {
                graceful.shutdown().await;
            }
        };
        if tokio::time::timeout(self.server.config.drain_timeout, drained).await.is_ok() {
            return End::Drained;
        }
        // dropped, they are cut off
        End::CutOff(connections.iter_mut().map(left).sum())
    }
}

/// Connections that are still there.
fn left(connections: &mut JoinSet<()>) -> usize {
    while connections.try_join_next().is_some() {}
    connections.len()
}

impl Port {
    /// Accepts connections until `stopped` is closed; gives those that are left.
    async fn accept(self, server: Arc<Server>, graceful: Arc<GracefulShutdown>, mut stopped: watch::Receiver<()>) -> JoinSet<()> {
        let places = Arc::new(Semaphore::new(server.config.connections));
        let open = server.metrics.connections(self.wire.name());
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                // nothing is ever sent
                _ = stopped.changed() => return connections,
                Some(_) = connections.join_next() => continue,
                accepted = next(&self.listener, &places) => accepted,
            };
            let (stream, place) = match accepted {
                Ok(accepted) => accepted,
                Err(cause) => {
                    tracing::warn!("a connection cannot be accepted: {cause}");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let (wire, tls, router) = (self.wire, self.tls.clone(), self.router.clone());
            let (server, watcher, open) = (server.clone(), graceful.watcher(), Open::new(&open));
            connections.spawn(async move {
                connection::serve(stream, wire, tls, router, &server.config, watcher).await;
                drop((open, place));
            });
        }
    }
}

/// The next connection, once there is a place for it.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    Ok((listener.accept().await?.0, place))
}

/// Counts a connection for as long as it lives.
struct Open(Gauge);

impl Open {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

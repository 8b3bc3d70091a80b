//! How a server is run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How a server is run; the default listens on this computer alone.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where HTTP is served.
    pub http: Option<SocketAddr>,
    /// Where gRPC is served.
    pub grpc: Option<SocketAddr>,
    /// What makes the connections private.
    pub tls: Option<TlsFiles>,
    /// What a caller has to bring as `authorization: Bearer TOKEN`, health and the page itself apart.
    pub token: Option<String>,
    /// Bytes of a request, at most.
    pub body_limit: usize,
    /// Time in which a request's head has to arrive, and then its body.
    pub read_timeout: Duration,
    /// Time from a request's head to its answer; callers may ask for less.
    pub request_timeout: Duration,
    /// Time in which what is under way may end, once the server is told to stop.
    pub drain_timeout: Duration,
    /// Connections at a time; more wait to be accepted.
    pub connections: usize,
}

/// PEM files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and the root.
    pub certificates: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: Some(([127, 0, 0, 1], 8000).into()),
            grpc: Some(([127, 0, 0, 1], 8001).into()),
            tls: None,
            token: None,
            body_limit: 64 << 20,
            read_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(30),
            connections: 1024,
        }
    }
}

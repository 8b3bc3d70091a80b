//! Certificates and keys.

use crate::config::TlsFiles;
use crate::error::ServeError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::ServerConfig;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// What makes connections of one protocol private; `alpn` is its name in the handshake.
///
/// # Errors
/// A file that cannot be read or holds something else.
pub fn acceptor(files: &TlsFiles, alpn: &[u8]) -> Result<TlsAcceptor, ServeError> {
    let pem = |path: &Path, expected, cause: String| ServeError::Pem { path: path.into(), expected, cause };
    let of_chain = |cause: rustls::pki_types::pem::Error| pem(&files.certificates, "certificates", words(&cause));
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.certificates).and_then(Iterator::collect).map_err(of_chain)?;
    if chain.is_empty() {
        return Err(pem(&files.certificates, "certificates", "there is no certificate in it".into()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|cause| pem(&files.key, "a private key", words(&cause)))?;
    let tls = |cause| ServeError::Tls { cause };
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(tls)?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key).map_err(tls)?;
    config.alpn_protocols = vec![alpn.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn words(cause: &rustls::pki_types::pem::Error) -> String {
    match cause {
        rustls::pki_types::pem::Error::NoItemsFound => "there is none in it".into(),
        other => other.to_string(),
    }
}

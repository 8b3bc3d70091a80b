//! Why a request has no answer.

use ember::Error;

/// One clear sentence, and what kind of mistake it is: HTTP makes a status of it and gRPC a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Fault {
    /// What kind of mistake.
    pub kind: Kind,
    /// The sentence.
    pub sentence: String,
}

/// Kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong and stays so.
    Malformed,
    /// The token is missing or wrong.
    Unauthenticated,
    /// No model or page of this name.
    NotFound,
    /// The page is there, but not for this method.
    Method,
    /// The request did not arrive in time.
    Slow,
    /// More bytes than the server takes.
    TooLarge,
    /// An encoding that the server does not read.
    Encoding,
    /// Nothing that the server has.
    Unsupported,
    /// The server is full or ends: another time, or another server.
    Busy,
    /// The answer did not come in time.
    Late,
    /// The server's own failure.
    Failed,
}

impl Fault {
    /// Of `kind`, with its sentence.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// A request that is wrong and stays so.
    pub fn malformed(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, sentence)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Image(_) | Error::Decoder { .. } | Error::Pixels { .. } | Error::Raw { .. } | Error::Unreadable(_) => Kind::Malformed,
            Error::Cancelled | Error::NoDeviceLeft | Error::Closed => Kind::Busy,
            _ => Kind::Failed,
        };
        Self::new(kind, error.to_string())
    }
}

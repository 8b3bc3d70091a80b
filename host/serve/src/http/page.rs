//! The page at `/`: an image is dropped on it, and it shows the answer and what the devices are doing.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

/// Nothing from elsewhere, no script but the page's own; `blob:` is the dropped image itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob: data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn part(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

pub async fn html() -> Response {
    part("text/html; charset=utf-8", include_str!("page/page.html"))
}

pub async fn css() -> Response {
    part("text/css; charset=utf-8", include_str!("page/page.css"))
}

pub async fn js() -> Response {
    part("text/javascript; charset=utf-8", include_str!("page/page.js"))
}

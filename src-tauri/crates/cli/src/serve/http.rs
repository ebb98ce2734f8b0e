use super::assets;
use super::files;
use super::guard::{self, Token};
use super::rpc;
use axum::extract::{Query, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use serde::Deserialize;
use skep_engine::Engine;
use std::sync::Arc;

/// The page may load its own files and ask its own server, nothing else; it holds no inline script or style.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                   connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The app in a browser: its files for anyone on this machine, its data for who holds the token.
pub(crate) fn router(engine: Arc<Engine>, token: Token) -> Router {
    let data = Router::new()
        .route("/rpc/live", get(rpc::live))
        .route("/rpc/{command}", post(rpc::call))
        .route("/import/{id}", post(files::import))
        .route("/export", get(files::export))
        .with_state(engine)
        .layer(middleware::from_fn_with_state(token.clone(), guard::with_token));
    Router::new()
        .fallback(get(page))
        .with_state(token)
        .merge(data)
        .layer(middleware::map_response(with_headers))
        .layer(middleware::from_fn(guard::same_site))
}

#[derive(Deserialize)]
struct Entry {
    token: Option<String>,
}

/// A file of the app. Opened with the token in the address, it moves the token into a cookie and out of sight.
async fn page(
    State(token): State<Token>,
    Query(entry): Query<Entry>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match entry.token {
        Some(guess) if token.is(&guess) => {
            let name = Token::cookie_name(&guard::host(&headers).unwrap_or_default());
            let cookie = format!("{name}={guess}; HttpOnly; SameSite=Strict; Path=/");
            (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, uri.path().to_owned())]).into_response()
        }
        _ => assets::file(uri.path()),
    }
}

async fn with_headers(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

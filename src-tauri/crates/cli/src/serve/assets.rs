use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

/// The built app. Release builds carry it; debug builds read it from disk, so that it can be built after them.
#[derive(RustEmbed)]
#[folder = "../../../ui/dist"]
struct App;

/// A file by its path; every address of the app itself is its one page.
pub(crate) fn file(path: &str) -> Response {
    let name = path.trim_start_matches('/');
    let is_page = !name.contains('.');
    let name = if is_page { "index.html" } else { name };
    let Some(file) = App::get(name) else {
        return (StatusCode::NOT_FOUND, "there is no such file in this build\n").into_response();
    };
    // Files other than the page carry a hash of their content in their names.
    let cache = if is_page { "no-cache" } else { "public, max-age=31536000, immutable" };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, file.data).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

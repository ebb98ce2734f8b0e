use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder};

/// Wide enough for a waterfall beside its detail.
const SIZE: (f64, f64) = (1440.0, 900.0);
const SIZE_MIN: (f64, f64) = (900.0, 600.0);

/// Whether a window can be opened at all. Without a display the toolkit would end the process with a back trace.
pub(crate) fn is_display_there() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// The one window's name.
pub(crate) const MAIN: &str = "main";

/// Opens the one window, at once or when it is asked for. It never leaves the app's own pages, whatever a link in
/// telemetry says.
pub(crate) fn open(app: &App, is_visible: bool) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .visible(is_visible)
        .title("Skep")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SIZE_MIN.0, SIZE_MIN.1)
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// Brings it to the front, from wherever it is.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window cannot be brought to the front");
    }
}

fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        // Windows serves the app under this name; the other one is the development server.
        "http" | "https" => {
            matches!(url.host_str(), Some("tauri.localhost"))
                || (cfg!(debug_assertions) && url.host_str() == Some("localhost"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_own_page;

    #[test]
    fn no_link_leads_out() {
        let leads = |text: &str| is_own_page(&text.parse().unwrap());
        assert!(leads("tauri://localhost/index.html") && leads("http://tauri.localhost/"));
        for text in [
            "https://evil.example/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!leads(text), "{text}");
        }
    }
}

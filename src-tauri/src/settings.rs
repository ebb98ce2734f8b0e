use skep_engine::settings::{Field, LiveSettings, Overrides, Settings, default_settings_path, load};
use std::path::PathBuf;
use std::sync::Arc;

/// What the environment may say instead of the settings' file; a window has no command line to speak of.
const VARIABLES: [(&str, &str); 4] = [
    ("SKEP_OTLP_GRPC", "receiver.grpc"),
    ("SKEP_OTLP_HTTP", "receiver.http"),
    ("SKEP_LISTEN_CONTAINERS", "receiver.containers"),
    ("SKEP_DATA_DIR", "storage.dir"),
];

/// Names the settings' file.
const FILE: &str = "SKEP_SETTINGS";

/// What a run of the window begins with.
pub(crate) struct Start {
    pub(crate) data_dir: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) live: Arc<LiveSettings>,
}

impl Start {
    /// The file's settings, with what the environment says instead. What is wrong in the file is said on the page.
    pub(crate) fn from_env() -> Result<Self, String> {
        let path = std::env::var_os(FILE).map(PathBuf::from).or_else(default_settings_path);
        let mut settings = path.as_deref().map(load).unwrap_or_default().settings;
        let mut overrides = Overrides::new();
        for (variable, key) in VARIABLES {
            let Some(value) = std::env::var(variable).ok().filter(|value| !value.is_empty()) else {
                continue;
            };
            let field = Field::find(key).ok_or_else(|| format!("{key} is no setting"))?;
            let value = if key == "storage.dir" { whole(&value)? } else { value };
            field.set(&mut settings, &value).map_err(|why| format!("{variable}: {why}"))?;
            overrides.insert(field.key, variable.to_owned());
        }
        let data_dir = settings.data_dir.clone().or_else(skep_engine::default_data_dir);
        let data_dir = data_dir.ok_or("this system names no home directory; set SKEP_DATA_DIR")?;
        let live = Arc::new(LiveSettings::new(path, settings.clone(), overrides));
        Ok(Self { data_dir, settings, live })
    }
}

/// A path from the root on, of one from the folder that Skep was started in.
fn whole(path: &str) -> Result<String, String> {
    let whole = std::path::absolute(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(whole.display().to_string())
}

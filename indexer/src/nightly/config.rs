//! `nightly.toml`: the limits of the gate and what else a night needs to know.

use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}`", .path.display())]
    Toml {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("`{}`: `{key}` is {found}, expected {expected}", .path.display())]
    Value {
        path: PathBuf,
        key: &'static str,
        found: String,
        expected: &'static str,
    },
}

/// What a night needs to know; every key has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NightlyConfig {
    /// How many snapshots stay.
    pub keep: usize,
    /// The country of places in no country's boundary: ISO 3166-1 alpha-2.
    pub country: Option<String>,
    pub gate: GateLimits,
}

impl Default for NightlyConfig {
    fn default() -> NightlyConfig {
        NightlyConfig {
            keep: crate::snapshots::DEFAULT_KEEP,
            country: None,
            gate: GateLimits::default(),
        }
    }
}

/// How much a new snapshot may differ from the live one. Shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateLimits {
    /// The share of its places that a layer may lose in a night.
    pub max_loss: f64,
    /// The share by which a layer may grow: an extract of a larger region is a mistake too.
    pub max_growth: f64,
    /// Layers with fewer places may change as they like.
    pub min_places: u64,
    /// The share of the ids of a layer that may be retired.
    pub max_retired_ids: f64,
    /// How many golden questions that were answered before may be answered no more.
    pub max_golden_lost: usize,
}

impl Default for GateLimits {
    fn default() -> GateLimits {
        GateLimits {
            max_loss: 0.02,
            max_growth: 0.25,
            min_places: 200,
            max_retired_ids: 0.02,
            max_golden_lost: 0,
        }
    }
}

impl NightlyConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, has an unknown key, or a value is out of range.
    pub fn read(path: &Path) -> Result<NightlyConfig, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut config: NightlyConfig =
            toml::from_str(&text).map_err(|source| ConfigError::Toml {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
        let wrong = |key, found: String, expected| ConfigError::Value {
            path: path.to_owned(),
            key,
            found,
            expected,
        };
        let gate = &config.gate;
        for (key, share) in [
            ("gate.max_loss", gate.max_loss),
            ("gate.max_retired_ids", gate.max_retired_ids),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(wrong(key, share.to_string(), "a share of 0 to 1"));
            }
        }
        if gate.max_growth.is_nan() || gate.max_growth < 0.0 {
            return Err(wrong(
                "gate.max_growth",
                gate.max_growth.to_string(),
                "a share of 0 or more",
            ));
        }
        if config.keep == 0 {
            return Err(wrong("keep", "0".to_owned(), "1 or more"));
        }
        if let Some(code) = &mut config.country {
            if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
                return Err(wrong(
                    "country",
                    code.clone(),
                    "a code of two letters such as `UA`",
                ));
            }
            code.make_ascii_lowercase();
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Result;

    fn read(text: &str) -> Result<Result<NightlyConfig, ConfigError>> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        Ok(NightlyConfig::read(file.path()))
    }

    #[test]
    fn what_is_not_said_is_as_by_default() -> Result<()> {
        assert_eq!(read("")??, NightlyConfig::default());
        let config = read("country = \"UA\"\n[gate]\nmax_loss = 0.5")??;
        assert_eq!(config.country.as_deref(), Some("ua"));
        assert_eq!(config.gate.min_places, GateLimits::default().min_places);
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() -> Result<()> {
        for (text, key) in [
            ("kep = 3", "kep"),
            ("[gate]\nmax_los = 0.1", "max_los"),
            ("[gate]\nmax_loss = 2.0", "gate.max_loss"),
            ("[gate]\nmax_growth = -1.0", "gate.max_growth"),
            ("keep = 0", "keep"),
            ("country = \"Ukraine\"", "Ukraine"),
        ] {
            let error = read(text)?.unwrap_err();
            let source =
                std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
            assert!(
                format!("{error} {source}").contains(key),
                "{text}: {error} {source}"
            );
        }
        Ok(())
    }
}

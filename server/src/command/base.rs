//! Which base, and a copy of it.

use anyhow::{Context, Result};
use clap::Args;
use geodata::base::Base;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file of the base in a data folder.
const FILE: &str = "kudy.db";

/// Options that say where the address base is.
#[derive(Args, Debug, Clone)]
pub struct BaseArgs {
    /// The data folder, whose file `kudy.db` is the base unless `--base` says otherwise.
    #[arg(
        long,
        env = "KUDY_DATA",
        value_name = "DIR",
        required_unless_present = "base"
    )]
    data: Option<PathBuf>,
    /// The address base: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`.
    // It may hold a password.
    #[arg(long, env = "KUDY_BASE", value_name = "URL", hide_env_values = true)]
    base: Option<String>,
}

impl BaseArgs {
    /// Opens it; nothing is connected yet.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn open(&self) -> Result<Base> {
        open_base(
            self.base.as_deref(),
            self.data.as_deref().unwrap_or(Path::new(".")),
        )
    }
}

/// Opens the base at a URL, by default the file in the data folder; nothing is connected yet.
///
/// # Errors
/// When the URL is none.
pub fn open_base(url: Option<&str>, data: &Path) -> Result<Base> {
    let default = || format!("sqlite:{}", data.join(FILE).display());
    let url = url.map_or_else(default, str::to_owned);
    Base::open(&url).context("cannot use `--base`")
}

/// Copies the address base while it is in use.
#[derive(Args, Debug)]
pub struct BackupArgs {
    #[command(flatten)]
    base: BaseArgs,
    /// The file to create.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

impl BackupArgs {
    /// Copies, and says how much.
    ///
    /// # Errors
    /// When the file exists, cannot be written, or the base is no SQLite file.
    pub async fn run(self, out: &mut (impl Write + Send)) -> Result<()> {
        self.base.open()?.back_up(&self.to).await?;
        let bytes = std::fs::metadata(&self.to).map_or(0, |m| m.len());
        writeln!(
            out,
            "copied the base to {}: {bytes} bytes",
            self.to.display()
        )?;
        Ok(())
    }
}

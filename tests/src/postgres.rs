//! A PostgreSQL of its own: a cluster in a temporary folder, reached over a socket in it.
//!
//! PostgreSQL refuses to run as root, so root runs it as an unprivileged user. A keeper process holds the other end of a
//! pipe: when the tests end, in whatever way, it stops the cluster and deletes the folder.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The database user.
const USER: &str = "kudy";
/// Sockets have short paths.
const MAX_FOLDER_BYTES: usize = 80;

/// Whether a cluster syncs its files: only tests that pull the plug need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    On,
    Off,
}

/// A running cluster; stopped and deleted when dropped, or when the process ends.
pub struct Cluster {
    folder: PathBuf,
    keeper: Child,
    databases: AtomicU32,
}

impl Cluster {
    /// The one that all tests of a program share.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start(Fsync::Off))
    }

    /// Starts a cluster.
    pub fn start(fsync: Fsync) -> Cluster {
        let folder = make_folder();
        let keeper = keep(&folder);
        let data = folder.join("data");
        let mut init = as_user("initdb", &folder);
        init.args(["--auth=trust", "--no-sync", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--username", USER, "-D"])
            .arg(&data);
        run(init);
        let cluster = Cluster {
            folder,
            keeper,
            databases: AtomicU32::new(0),
        };
        let fsync = if fsync == Fsync::On { "on" } else { "off" };
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nfsync = {fsync}\nfull_page_writes = {fsync}\n",
            cluster.folder.display()
        );
        let file = data.join("postgresql.auto.conf");
        std::fs::write(file, settings).expect("a writable folder");
        cluster.control(&["start"]);
        cluster
    }

    /// Makes an empty database; returns its URL.
    pub fn create_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let mut create = Command::new(program("createdb"));
        create
            .args(["--username", USER, "--host"])
            .arg(&self.folder)
            .arg(&name);
        run(create);
        format!(
            "postgres:///{name}?host={}&user={USER}",
            self.folder.display()
        )
    }

    /// Stops it; `mode` is `fast`, or `immediate` as in a crash.
    pub fn stop(&self, mode: &str) {
        self.control(&["stop", "--mode", mode]);
    }

    /// Starts it again.
    pub fn start_again(&self) {
        self.control(&["start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut control = as_user("pg_ctl", &self.folder);
        control.args(["--wait", "--silent", "--timeout", "60", "--pgdata"]);
        control.arg(self.folder.join("data"));
        control
            .arg("--log")
            .arg(self.folder.join("log"))
            .args(arguments);
        run(control);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The keeper sees the end of its input.
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

fn make_folder() -> PathBuf {
    let mut parent = std::env::temp_dir();
    if parent.as_os_str().len() > MAX_FOLDER_BYTES {
        parent = PathBuf::from("/tmp");
    }
    let folder = tempfile::Builder::new()
        .prefix("kudy-pg-")
        .tempdir_in(parent);
    // The keeper deletes it.
    let folder = folder.expect("a temporary folder").keep();
    if let Some((_, user, group)) = unprivileged() {
        std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("root may give away");
    }
    folder
}

/// Starts the process that cleans up after this one.
fn keep(folder: &Path) -> Child {
    let script = "trap '' INT TERM HUP; cat > /dev/null; \"$1\" stop --silent --mode immediate --pgdata \"$0/data\" \
                  > /dev/null 2>&1; rm -rf \"$0\"";
    let mut keeper = Command::new("sh");
    keeper.args(["-c", script]).arg(folder);
    // Root's keeper steps down for `pg_ctl` only: the folder lies in one of root's.
    let stop = match unprivileged() {
        Some(_) => wrapper(folder),
        None => program("pg_ctl"),
    };
    keeper.arg(stop).stdin(Stdio::piped());
    keeper.spawn().expect("a shell")
}

/// A script that runs `pg_ctl` as the unprivileged user.
fn wrapper(folder: &Path) -> PathBuf {
    let file = folder.join("pg_ctl");
    let command = as_user("pg_ctl", folder);
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<String> = words
        .map(|w| format!("'{}'", w.to_string_lossy()))
        .collect();
    std::fs::write(&file, format!("exec {} \"$@\"\n", line.join(" "))).expect("a writable folder");
    let mut allow = Command::new("chmod");
    allow.arg("755").arg(&file);
    run(allow);
    file
}

/// A program of PostgreSQL, run by somebody it accepts.
fn as_user(name: &str, folder: &Path) -> Command {
    let mut command = match unprivileged() {
        Some((_, user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}")]);
            command.arg("--clear-groups").arg(program(name));
            command
        }
        None => Command::new(program(name)),
    };
    // It may not read the folder that the tests run in.
    command.current_dir(folder);
    command
}

/// Name and numbers of the user that root runs it as; `None` when the tests do not run as root.
fn unprivileged() -> Option<(&'static str, u32, u32)> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &'static str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let user = fields.next()?.parse().ok()?;
        Some((name, user, fields.next()?.parse().ok()?))
    };
    let found = ["postgres", "nobody"].into_iter().find_map(find);
    root.then(|| found.expect("a user `postgres` or `nobody`"))
}

/// A program of PostgreSQL, the newest one installed.
fn program(name: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.splice(..0, std::env::split_paths(&path));
    let found = folders
        .into_iter()
        .rev()
        .map(|f| f.join(name))
        .find(|f| f.exists());
    found.unwrap_or_else(|| panic!("`{name}` is not installed; `make test` installs PostgreSQL"))
}

fn run(mut command: Command) {
    // A daemon that inherits a pipe would keep it open.
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let done = done.expect("the program runs");
    assert!(done.success(), "{command:?}: {done}");
}

//! Empty address bases on both databases, for tests that run the same on each.

use crate::postgres::Cluster;
use geodata::base::{Base, EditState, NewEdit, NewToken, Role, StateChange, hash_secret};
use serde_json::json;
use std::future::Future;
use tempfile::TempDir;

/// When the tests happen: milliseconds since 1970 UTC.
pub const NOW_MS: i64 = 1_769_824_800_000;

/// An empty base.
pub struct TestBase {
    pub base: Base,
    pub url: String,
    /// The folder of an SQLite base.
    pub folder: Option<TempDir>,
}

impl TestBase {
    /// One in a file of its own. Needs a Tokio runtime.
    pub fn sqlite() -> TestBase {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("kudy.db").display());
        TestBase::open(url, Some(folder))
    }

    /// One in a database of its own on the shared cluster. Needs a Tokio runtime.
    pub fn postgres() -> TestBase {
        TestBase::open(Cluster::shared().create_database(), None)
    }

    fn open(url: String, folder: Option<TempDir>) -> TestBase {
        let base = Base::open(&url).expect("a base's URL");
        TestBase { base, url, folder }
    }

    /// Makes a token; its secret is [`secret_of`] its name.
    pub async fn token(&self, name: &str, role: Role) -> i64 {
        let secret = secret_of(name);
        let token = NewToken {
            name,
            role,
            secret: &secret,
            expires_ms: None,
        };
        let made = self.base.create_token(&token, None, NOW_MS).await;
        made.expect("a token can be made")
    }
}

/// The secret of a token of [`TestBase::token`].
pub fn secret_of(name: &str) -> String {
    format!("kudy_{}", hash_secret(name))
}

/// An edit that renames a place.
pub fn rename(author: i64, target: &str, name: &str) -> NewEdit {
    NewEdit {
        operation: "set_names".to_owned(),
        target: Some(target.to_owned()),
        before: json!({ "name": "вулиця Стара" }),
        after: json!({ "name": name }),
        comment: "renamed by the council".to_owned(),
        evidence: vec!["https://example.org/decision/12".to_owned()],
        author,
        key: None,
        snapshot: "20260131T020000Z-00000000".to_owned(),
    }
}

/// A change of an edit's state by nobody in particular.
pub fn change(id: i64, expected: &[EditState], to: EditState) -> StateChange<'_> {
    StateChange {
        id,
        expected,
        to,
        who: None,
        why: "",
        detail: None,
    }
}

/// Runs a test to its end on a runtime of two threads.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(test)
}

/// Makes a test per database of each function that takes a `&TestBase`.
#[macro_export]
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                $crate::block_on(async { super::$test(&$crate::TestBase::sqlite()).await });
            })+
        }
        mod postgres {
            $(#[test]
            fn $test() {
                $crate::block_on(async { super::$test(&$crate::TestBase::postgres()).await });
            })+
        }
    };
}

//! The address base in trouble: copies, restarts, what is no base.

use geodata::base::{Base, BaseError, EditState, Role};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tests::{Cluster, Fsync, NOW_MS, TestBase, block_on, rename};

#[test]
fn a_copy_taken_while_others_write_is_a_whole_base() {
    block_on(async {
        let test = TestBase::sqlite();
        let author = test.token("Olena", Role::Cartographer).await;
        let (base, stop) = (test.base.clone(), Arc::new(AtomicBool::new(false)));
        let (done, writing) = (
            Arc::clone(&stop),
            tokio::spawn(async move {
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    base.add_edit(&rename(author, "abc", "x"), EditState::Submitted, NOW_MS)
                        .await
                        .unwrap();
                    written += 1;
                }
                written
            }),
        );
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy ' of.db");
        test.base.back_up(&copy).await.unwrap();
        done.store(true, Ordering::Relaxed);
        let written: i64 = writing.await.unwrap();
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let copied = Base::open(&format!("sqlite:{}", copy.display())).unwrap();
        let last = copied.last_change().await.unwrap();
        assert!((author..=author + written).contains(&last), "{last}");
        assert_eq!(
            copied.changes_since(author, 10_000).await.unwrap().len() as i64,
            last - author
        );
        let again = test.base.back_up(&copy).await.unwrap_err();
        assert!(matches!(again, BaseError::Invalid(_)), "{again}");

        let refused = TestBase::postgres()
            .base
            .back_up(&folder.path().join("x"))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("pg_dump"), "{refused}");
    });
}

#[test]
fn postgresql_that_restarts_is_unavailable_and_then_works_again() {
    block_on(async {
        let cluster = Cluster::start(Fsync::On);
        let url = cluster.create_database();
        let test = TestBase {
            base: Base::open(&url).unwrap(),
            url,
            folder: None,
        };
        let author = test.token("Olena", Role::Cartographer).await;
        let edit = rename(author, "abc", "x");
        for mode in ["fast", "immediate"] {
            let id = test
                .base
                .add_edit(&edit, EditState::Approved, NOW_MS)
                .await
                .unwrap()
                .id;
            let mut open = test.base.write(NOW_MS).await.unwrap();
            open.add_edit(&edit, EditState::Approved).await.unwrap();
            cluster.stop(mode);
            let lost = open.commit().await.unwrap_err();
            assert!(matches!(lost, BaseError::Unavailable(_)), "{lost:?}");
            let began = Instant::now();
            let read = test.base.edit(id).await.unwrap_err();
            assert!(matches!(read, BaseError::Unavailable(_)), "{read:?}");
            let write = test
                .base
                .add_edit(&edit, EditState::Approved, NOW_MS)
                .await
                .unwrap_err();
            assert!(matches!(write, BaseError::Unavailable(_)), "{write:?}");
            assert!(
                began.elapsed() < Duration::from_secs(6),
                "{:?}",
                began.elapsed()
            );
            cluster.start_again();
            assert_eq!(test.base.edit(id).await.unwrap().id, id);
            let next = test
                .base
                .add_edit(&edit, EditState::Approved, NOW_MS)
                .await
                .unwrap()
                .id;
            assert_eq!(next, id + 1, "what was not committed took no number");
        }
    });
}

#[test]
fn a_base_that_is_away_at_the_start_is_used_when_it_comes() {
    block_on(async {
        let cluster = Cluster::start(Fsync::Off);
        let base = Base::open(&cluster.create_database()).unwrap();
        cluster.stop("fast");
        let away = base.last_change().await.unwrap_err();
        assert!(matches!(away, BaseError::Unavailable(_)), "{away:?}");
        cluster.start_again();
        assert_eq!(base.last_change().await.unwrap(), 0);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("later").join("kudy.db");
        let base = Base::open(&format!("sqlite:{}", file.display())).unwrap();
        let away = base.last_change().await.unwrap_err();
        assert!(matches!(away, BaseError::Unavailable(_)), "{away:?}");
        std::fs::create_dir(folder.path().join("later")).unwrap();
        assert_eq!(base.last_change().await.unwrap(), 0);
    });
}

#[test]
fn a_file_that_is_no_base_is_refused_and_left_alone() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kudy.db");
        std::fs::write(&file, "This is a letter, not a base. ".repeat(100)).unwrap();
        let base = Base::open(&format!("sqlite:{}", file.display())).unwrap();
        let error = base.last_change().await.unwrap_err();
        assert!(error.to_string().contains("not a database"), "{error}");
        assert!(
            std::fs::read_to_string(&file)
                .unwrap()
                .starts_with("This is a letter")
        );
    });
}

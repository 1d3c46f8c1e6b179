//! The address base: the same tests on SQLite and on PostgreSQL.
//!
//! 1. Numbers of the feed have no gaps, whoever writes at once, and who follows the feed misses nothing.
//! 2. What is stored comes back as it was, whatever is in it; what one database cannot hold, both refuse.
//! 3. A state changes only from an expected one, with a journal entry; otherwise nothing changes.
//! 4. What is repeated under a key is done once.
//! 5. What is not committed was never there, and hinders nobody.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use geodata::base::{
    Answer, Base, BaseError, EditState, NewEdit, NewToken, Request, Role, StateChange, Subject,
};
use serde_json::json;
use std::collections::BTreeSet;
use tests::{NOW_MS, TestBase, change, on_both, rename, secret_of};

on_both!(
    a_state_changes_only_from_an_expected_one,
    numbers_have_no_gaps_and_a_follower_misses_nothing,
    an_answer_is_kept_with_what_the_request_did,
    a_dropped_write_leaves_nothing_and_hinders_nobody,
    tokens_are_found_by_their_secret_until_revoked,
    hostile_texts_are_only_texts,
    programs_that_start_at_once_share_one_base,
);

async fn a_state_changes_only_from_an_expected_one(test: &TestBase) {
    let base = &test.base;
    let author = test.token("Olena", Role::Cartographer).await;
    let reviewer = test.token("Ivan", Role::Reviewer).await;
    let id = base
        .add_edit(&rename(author, "abc", "x"), EditState::Submitted, NOW_MS)
        .await
        .unwrap()
        .id;
    let values = json!({"base": "a", "theirs": "b", "ours": "x"});
    let approve = StateChange {
        who: Some(reviewer),
        why: "seen on the sign",
        ..change(id, &[EditState::Submitted], EditState::Approved)
    };
    base.change_edit(&approve, NOW_MS + 1).await.unwrap();
    let twice = base.change_edit(&approve, NOW_MS + 2).await.unwrap_err();
    assert_eq!(
        twice.to_string(),
        format!("edit {id} is `approved`, expected `submitted`")
    );
    let impossible = change(id, &[EditState::Approved], EditState::Draft);
    let impossible = base.change_edit(&impossible, NOW_MS).await.unwrap_err();
    assert!(
        impossible.to_string().contains("may become `draft`"),
        "{impossible}"
    );
    let conflict = StateChange {
        detail: Some(values.clone()),
        ..change(id, &[EditState::Approved], EditState::Conflicted)
    };
    base.change_edit(&conflict, NOW_MS + 3).await.unwrap();

    let journal = base.journal(Subject::Edit(id)).await.unwrap();
    let steps: Vec<_> = journal
        .iter()
        .map(|e| (e.from.as_deref(), e.to.as_str(), e.who, e.at_ms))
        .collect();
    assert_eq!(
        steps,
        [
            (None, "submitted", Some(author), NOW_MS),
            (Some("submitted"), "approved", Some(reviewer), NOW_MS + 1),
            (Some("approved"), "conflicted", None, NOW_MS + 3),
        ]
    );
    assert_eq!(
        (journal[1].why.as_str(), &journal[2].detail),
        ("seen on the sign", &Some(values))
    );
    assert_eq!(base.history("abc").await.unwrap().len(), 3);
    assert!(base.history("abcd").await.unwrap().is_empty());
    assert!(matches!(
        base.change_edit(&change(4711, &[EditState::Draft], EditState::Submitted), 0)
            .await,
        Err(BaseError::NotFound { .. })
    ));
}

async fn numbers_have_no_gaps_and_a_follower_misses_nothing(test: &TestBase) {
    const WRITERS: usize = 8;
    const EDITS: usize = 12;
    let author = test.token("Olena", Role::Cartographer).await;
    // Half of the writers come through another pool, as another server would.
    let other = Base::open(&test.url).unwrap();
    let follower = tokio::spawn(follow(test.base.clone(), WRITERS * EDITS));
    let writers: Vec<_> = (0..WRITERS)
        .map(|w| {
            let base = if w % 2 == 0 {
                test.base.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move {
                for e in 0..EDITS {
                    let edit = rename(author, &format!("p{w}"), &format!("n{e}"));
                    base.add_edit(&edit, EditState::Submitted, NOW_MS)
                        .await
                        .unwrap();
                    // A write that fails in between takes no number.
                    let fails = change(4711, &[EditState::Draft], EditState::Submitted);
                    base.change_edit(&fails, NOW_MS).await.unwrap_err();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let seen = follower.await.unwrap();
    let last = test.base.last_change().await.unwrap();
    let expected: BTreeSet<i64> = (author + 1..=last).collect();
    assert_eq!(expected.len(), WRITERS * EDITS);
    assert_eq!(seen, expected);
}

/// Asks for what is new until it has seen so many edits.
async fn follow(base: Base, until: usize) -> BTreeSet<i64> {
    let (mut seen, mut last) = (BTreeSet::new(), 0);
    while seen.len() < until {
        for change in base.changes_since(last, 7).await.unwrap() {
            assert!(change.entry.number > last, "in order");
            last = change.entry.number;
            seen.insert(last);
        }
        tokio::task::yield_now().await;
    }
    seen
}

async fn an_answer_is_kept_with_what_the_request_did(test: &TestBase) {
    let base = &test.base;
    let person = test.token("Import", Role::Importer).await;
    let request = Request {
        person,
        key: "k",
        content: "POST /v1/edits {}",
    };
    let answer = Answer {
        status: 201,
        body: "{\"id\": 1}".to_owned(),
    };
    assert_eq!(base.answer(&request).await.unwrap(), None);

    let mut lost = base.write(NOW_MS).await.unwrap();
    lost.keep_answer(&request, &answer).await.unwrap();
    drop(lost);
    assert_eq!(base.answer(&request).await.unwrap(), None);

    let mut write = base.write(NOW_MS).await.unwrap();
    assert_eq!(write.answer(&request).await.unwrap(), None);
    write
        .add_edit(&rename(person, "abc", "x"), EditState::Submitted)
        .await
        .unwrap();
    write.keep_answer(&request, &answer).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(base.answer(&request).await.unwrap(), Some(answer));
    let other = Request {
        content: "POST /v1/edits {\"a\": 1}",
        ..request
    };
    assert!(matches!(
        base.answer(&other).await,
        Err(BaseError::KeyReused(_))
    ));
    let theirs = Request {
        person: person + 100,
        ..other
    };
    assert_eq!(base.answer(&theirs).await.unwrap(), None);

    let mut write = base.write(NOW_MS).await.unwrap();
    assert_eq!(write.forget_answers(NOW_MS).await.unwrap(), 0);
    assert_eq!(write.forget_answers(NOW_MS + 1).await.unwrap(), 1);
    write.commit().await.unwrap();
}

async fn a_dropped_write_leaves_nothing_and_hinders_nobody(test: &TestBase) {
    let base = &test.base;
    let author = test.token("Olena", Role::Cartographer).await;
    for _ in 0..30 {
        let mut write = base.write(NOW_MS).await.unwrap();
        write
            .add_edit(&rename(author, "abc", "x"), EditState::Approved)
            .await
            .unwrap();
        drop(write);
    }
    let id = base
        .add_edit(&rename(author, "abc", "x"), EditState::Approved, NOW_MS)
        .await
        .unwrap()
        .id;
    assert_eq!(id, author + 1);
    assert_eq!(base.in_force().await.unwrap().edits.len(), 1);
}

async fn tokens_are_found_by_their_secret_until_revoked(test: &TestBase) {
    let base = &test.base;
    let id = test.token("Olena", Role::Cartographer).await;
    let secret = secret_of("Short");
    let short = NewToken {
        name: "short-lived",
        role: Role::Client,
        secret: &secret,
        expires_ms: Some(NOW_MS + 1000),
    };
    let short = base.create_token(&short, Some(id), NOW_MS).await.unwrap();
    let found = base.find_token(&secret_of("Olena")).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.name.as_str(), found.role),
        (id, "Olena", Role::Cartographer)
    );
    assert!(found.is_valid(NOW_MS + 1_000_000_000));
    let found = base.find_token(&secret).await.unwrap().unwrap();
    assert!(found.is_valid(NOW_MS + 999) && !found.is_valid(NOW_MS + 1000));
    for wrong in [
        "",
        "Olena",
        &secret_of("olena"),
        &format!("{}0", secret_of("Olena")),
        "' OR 1=1 --",
    ] {
        assert_eq!(base.find_token(wrong).await.unwrap(), None, "{wrong}");
    }
    base.revoke_token(id, None, NOW_MS + 7).await.unwrap();
    let revoked = base.find_token(&secret_of("Olena")).await.unwrap().unwrap();
    assert!(!revoked.is_valid(NOW_MS + 7));
    let twice = base.revoke_token(id, None, NOW_MS).await.unwrap_err();
    assert!(matches!(twice, BaseError::Conflict { .. }), "{twice}");
    assert!(matches!(
        base.revoke_token(4711, None, 0).await,
        Err(BaseError::NotFound { .. })
    ));
    let ids: Vec<i64> = base.tokens().await.unwrap().iter().map(|t| t.id).collect();
    assert_eq!(ids, [id, short]);
    assert_eq!(base.journal(Subject::Token(id)).await.unwrap().len(), 2);
    let bad = NewToken {
        name: " ",
        role: Role::Client,
        secret: &secret,
        expires_ms: None,
    };
    assert!(matches!(
        base.create_token(&bad, None, 0).await,
        Err(BaseError::Invalid(_))
    ));
    let bad = NewToken {
        name: "x",
        secret: "guessable",
        ..bad
    };
    assert!(matches!(
        base.create_token(&bad, None, 0).await,
        Err(BaseError::Invalid(_))
    ));
}

async fn hostile_texts_are_only_texts(test: &TestBase) {
    let base = &test.base;
    let author = test
        .token("Robert'); DROP TABLE edits; --", Role::Cartographer)
        .await;
    for text in [
        "'; DELETE FROM journal; --",
        "\" OR \"\"=\"",
        "$1",
        "?1",
        "%00",
        "\u{202e}x",
        "\\",
        "{}",
    ] {
        let said = NewEdit {
            operation: text.to_owned(),
            comment: text.to_owned(),
            key: Some(text.to_owned()),
            ..rename(author, text, text)
        };
        let id = base
            .add_edit(&said, EditState::Submitted, NOW_MS)
            .await
            .unwrap()
            .id;
        assert_eq!(base.edit(id).await.unwrap().said, said);
        assert_eq!(base.history(text).await.unwrap().len(), 1, "{text}");
    }
    // A zero character: PostgreSQL cannot hold it, so neither does SQLite; in JSON it is escaped.
    let zero = rename(author, "a\0b", "x");
    let refused = base
        .add_edit(&zero, EditState::Submitted, NOW_MS)
        .await
        .unwrap_err();
    assert!(matches!(refused, BaseError::Invalid(_)), "{refused}");
    let inside = rename(author, "ab", "x\0y");
    let id = base
        .add_edit(&inside, EditState::Submitted, NOW_MS)
        .await
        .unwrap()
        .id;
    assert_eq!(base.edit(id).await.unwrap().said, inside);
}

async fn programs_that_start_at_once_share_one_base(test: &TestBase) {
    let starts: Vec<_> = (0..6)
        .map(|n| {
            let base = Base::open(&test.url).unwrap();
            tokio::spawn(async move {
                let (name, secret) = (format!("t{n}"), secret_of(&n.to_string()));
                let token = NewToken {
                    name: &name,
                    role: Role::Client,
                    secret: &secret,
                    expires_ms: None,
                };
                let id = base.create_token(&token, None, NOW_MS).await.unwrap();
                base.close().await;
                id
            })
        })
        .collect();
    let mut ids = Vec::new();
    for start in starts {
        ids.push(start.await.unwrap());
    }
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
    assert_eq!(test.base.tokens().await.unwrap().len(), 6);
}

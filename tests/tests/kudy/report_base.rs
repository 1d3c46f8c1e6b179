//! Reports and cases in the base: the same tests on SQLite and on PostgreSQL.
//!
//! 1. Reports of one address form one case, however they are written; neighbours never do.
//! 2. A case changes its state only as it may, with a journal entry.
//! 3. A secret opens its report and no other; an erased contact is gone.

#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::print_stdout, reason = "what is joined wrongly is to be read")]

use geodata::LonLat;
use geodata::base::{
    BaseError, CaseChange, CaseFilter, CaseState, EditState, NewReport, Role, Subject, hash_secret,
};
use std::collections::BTreeMap;
use tests::{NOW_MS, ScriptedReport, TestBase, on_both, rename, scripted_reports};

on_both!(
    two_hundred_reports_form_the_right_cases,
    a_report_is_opened_by_its_secret_only,
    a_repeated_report_is_known_by_its_key,
    a_case_changes_as_it_may,
    merged_cases_are_one,
    who_insists_after_a_rejection_begins_another_case,
);

fn report<'a>(text: &'a str, point: LonLat, secret_hash: &'a str) -> NewReport<'a> {
    NewReport {
        text,
        point,
        place: None,
        comment: "",
        photo: None,
        contact: None,
        secret_hash,
        salt: "",
        key: None,
        content: text,
    }
}

async fn add(test: &TestBase, report: &NewReport<'_>) -> i64 {
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let id = write.add_report(report).await.unwrap();
    write.commit().await.unwrap();
    id
}

fn here() -> LonLat {
    LonLat::new(29.23, 48.68).unwrap()
}

async fn case_of(test: &TestBase, report: i64, secret: &str) -> i64 {
    test.base
        .report_by_secret(report, secret)
        .await
        .unwrap()
        .case
}

async fn two_hundred_reports_form_the_right_cases(test: &TestBase) {
    let reports = scripted_reports();
    let mut cases = Vec::new();
    for said in &reports {
        let id = add(test, &report(&said.text, said.point, &hash_secret("s"))).await;
        cases.push(case_of(test, id, "s").await);
    }
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for (n, one) in reports.iter().enumerate() {
        for (m, two) in reports.iter().enumerate().take(n) {
            match (one.address == two.address, cases[n] == cases[m]) {
                (true, true) => right += 1,
                (false, true) => {
                    wrong += 1;
                    show("wrongly one", one, two);
                }
                (true, false) => {
                    missed += 1;
                    show("wrongly two", one, two);
                }
                (false, false) => {}
            }
        }
    }
    println!(
        "{} reports: {right} pairs joined, {wrong} wrongly, {missed} missed",
        reports.len()
    );
    assert_eq!((reports.len(), right + missed), (200, 40));
    assert!(
        f64::from(right) >= 0.95 * f64::from(right + wrong),
        "precision"
    );
    assert!(f64::from(right) >= 0.95 * 40.0, "recall");
    let counted: i64 = test
        .base
        .cases(&CaseFilter::default(), 1000)
        .await
        .unwrap()
        .iter()
        .map(|c| c.reports)
        .sum();
    assert_eq!(counted, 200);
}

fn show(what: &str, one: &ScriptedReport, two: &ScriptedReport) {
    println!(
        "{what}: {} | {} ({:.0} m)",
        two.text,
        one.text,
        one.point.distance_m(two.point)
    );
}

async fn a_report_is_opened_by_its_secret_only(test: &TestBase) {
    let (one, two) = (hash_secret("one"), hash_secret("two"));
    let contact = "+380 44 000 00 00";
    let first = NewReport {
        contact: Some(contact),
        comment: "нова будівля",
        ..report("Лісова 5", here(), &one)
    };
    let first = add(test, &first).await;
    let second = add(test, &report("Лісова 7", here(), &two)).await;
    let opened = test.base.report_by_secret(first, "one").await.unwrap();
    assert_eq!(
        (opened.text.as_str(), opened.contact.as_deref()),
        ("Лісова 5", Some(contact))
    );
    assert_eq!(
        (opened.point, opened.comment.as_str(), opened.created_ms),
        (here(), "нова будівля", NOW_MS)
    );
    for (id, secret) in [
        (first, "two"),
        (second, "one"),
        (first, ""),
        (4711, "one"),
        (first, one.as_str()),
    ] {
        let closed = test.base.report_by_secret(id, secret).await.err().unwrap();
        assert_eq!(
            closed.to_string(),
            format!("there is no report {id} with this secret")
        );
    }
    assert_eq!(
        test.base
            .erase_contacts(opened.case, None, NOW_MS)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        test.base
            .report_by_secret(first, "one")
            .await
            .unwrap()
            .contact,
        None
    );
    let journal = test.base.journal(Subject::Case(opened.case)).await.unwrap();
    assert_eq!(journal.last().unwrap().why, "contacts erased");
    if let Some(folder) = &test.folder {
        for file in ["kudy.db", "kudy.db-wal"] {
            let bytes = std::fs::read(folder.path().join(file)).unwrap_or_default();
            let held = bytes
                .windows(contact.len())
                .any(|w| w == contact.as_bytes());
            assert!(!held, "{file} still holds the contact");
        }
    }
}

async fn a_repeated_report_is_known_by_its_key(test: &TestBase) {
    let hash = hash_secret("s");
    let keyed = NewReport {
        key: Some("a random key of a client"),
        salt: "salt",
        ..report("Лісова 5", here(), &hash)
    };
    let id = add(test, &keyed).await;
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let known = write
        .known_report("a random key of a client", "Лісова 5")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((known.id, known.salt.as_str()), (id, "salt"));
    assert!(
        write
            .known_report("another random key", "Лісова 5")
            .await
            .unwrap()
            .is_none()
    );
    let reused = write
        .known_report("a random key of a client", "Лісова 7")
        .await
        .unwrap_err();
    assert!(matches!(reused, BaseError::KeyReused(_)), "{reused}");
    write.roll_back().await;
    let mut write = test.base.write(NOW_MS).await.unwrap();
    let twice = write.add_report(&keyed).await.unwrap_err();
    assert!(
        matches!(twice, BaseError::Invalid(_)),
        "the key is unique: {twice:?}"
    );
}

fn to(id: i64, state: CaseState) -> CaseChange<'static> {
    CaseChange {
        id,
        to: state,
        who: None,
        reason: "seen",
        edit: None,
        place: None,
    }
}

async fn change(test: &TestBase, change: &CaseChange<'_>) -> Result<i64, BaseError> {
    let mut write = test.base.write(NOW_MS + 1).await.unwrap();
    let number = write.change_case(change).await?;
    write.commit().await?;
    Ok(number)
}

async fn a_case_changes_as_it_may(test: &TestBase) {
    let hash = hash_secret("s");
    let author = test.token("Olena", Role::Reviewer).await;
    let report = add(test, &report("Лісова 5", here(), &hash)).await;
    let id = case_of(test, report, "s").await;
    let published = change(test, &to(id, CaseState::Published))
        .await
        .unwrap_err();
    assert!(published.to_string().contains("is `new`"), "{published}");
    change(test, &to(id, CaseState::Triaged)).await.unwrap();
    let mut write = test.base.write(NOW_MS + 2).await.unwrap();
    let edit = write
        .add_edit(&rename(author, "abc", "x"), EditState::Approved)
        .await
        .unwrap()
        .id;
    let accept = CaseChange {
        who: Some(author),
        edit: Some(edit),
        ..to(id, CaseState::Accepted)
    };
    write.change_case(&accept).await.unwrap();
    write.commit().await.unwrap();
    let again = change(test, &accept).await.unwrap_err();
    assert!(
        matches!(again, BaseError::Conflict { ref present, .. } if present == "accepted"),
        "{again}"
    );
    change(
        test,
        &CaseChange {
            place: Some("e1"),
            ..to(id, CaseState::Published)
        },
    )
    .await
    .unwrap();
    let case = test.base.case(id).await.unwrap();
    assert_eq!(
        (case.state, case.edit, case.place.as_deref()),
        (CaseState::Published, Some(edit), Some("e1"))
    );
    let journal = test.base.journal(Subject::Case(id)).await.unwrap();
    let states: Vec<&str> = journal.iter().map(|e| e.to.as_str()).collect();
    assert_eq!(states, ["new", "triaged", "accepted", "published"]);
    assert_eq!(journal[2].who, Some(author));
    assert_eq!(case.changed, test.base.last_change().await.unwrap());
    let open = CaseFilter {
        state: Some(CaseState::New),
        after: None,
    };
    assert!(test.base.cases(&open, 10).await.unwrap().is_empty());
    assert!(matches!(
        change(test, &to(4711, CaseState::Triaged)).await,
        Err(BaseError::NotFound { .. })
    ));
}

async fn merged_cases_are_one(test: &TestBase) {
    let hash = hash_secret("s");
    let mut cases = BTreeMap::new();
    for text in ["Лісова 5", "Нова 7", "Стара 9"] {
        let id = add(test, &report(text, here(), &hash)).await;
        cases.insert(text, case_of(test, id, "s").await);
    }
    let [one, two, three] = [cases["Лісова 5"], cases["Нова 7"], cases["Стара 9"]];
    let merge = async |id: i64, into: i64| {
        let mut write = test.base.write(NOW_MS).await.unwrap();
        let number = write
            .merge_case(&to(id, CaseState::Duplicate), into)
            .await?;
        write.commit().await?;
        Ok::<_, BaseError>(number)
    };
    merge(one, two).await.unwrap();
    merge(two, three).await.unwrap();
    let first = test.base.case(one).await.unwrap();
    assert_eq!(
        (first.state, first.merged_into),
        (CaseState::Duplicate, Some(three))
    );
    assert_eq!(test.base.case(three).await.unwrap().reports, 3);
    assert_eq!(test.base.reports_of(three, 10).await.unwrap().len(), 3);
    assert!(
        matches!(merge(three, one).await, Err(BaseError::Conflict { .. })),
        "no circles"
    );
    assert!(matches!(
        merge(three, three).await,
        Err(BaseError::Invalid(_))
    ));
    // Another report of the first address joins the last case.
    add(test, &report("вул. Лісова, 5", here(), &hash)).await;
    assert_eq!(test.base.case(three).await.unwrap().reports, 4);
}

async fn who_insists_after_a_rejection_begins_another_case(test: &TestBase) {
    let hash = hash_secret("s");
    let first = add(test, &report("Лісова 5", here(), &hash)).await;
    let case = case_of(test, first, "s").await;
    change(test, &to(case, CaseState::Rejected)).await.unwrap();
    let second = add(test, &report("Лісова 5", here(), &hash)).await;
    assert_ne!(case_of(test, second, "s").await, case);
}

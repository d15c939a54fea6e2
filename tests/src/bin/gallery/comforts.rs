//! What else a guest can do with a conversation: what can be done with a message, threads, searching, the menu; and the
//! same page in a language that is written from right to left.

use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

use crate::shots::Shots;

pub(crate) async fn show(shots: &Shots) {
    let mut portal = TestPortal::start().await;
    let browser = TestBrowser::start().await;
    let page = format!("{}/s/demo", portal.base_url());
    browser.goto(&page).await;
    browser.write("Your name", "Ada Lovelace").await;
    browser.press("Start chat").await;
    browser.write("Message", "My parcel is lost. Order 4711.\n").await;
    browser.sees_message("Sent").await;
    let room = portal.webex().room_titled("Ada").expect("the space").id;
    let asked = portal.webex().messages(&room).into_iter().find(|message| message.text.contains("4711")).expect("the question");
    for answer in ["Which one? You have two orders with us.", "The red one, or the blue one?"] {
        portal.webex().reply_in_thread_as_staff(GRACE, &asked.id, answer).expect("an answer");
    }
    portal.webex().reply_as_staff(GRACE, &room, "By the way: order 4712 has left our house.").expect("a reply");
    browser.sees_message("4712").await;
    browser.button("2 replies").await;
    shots.take(&browser, "threads").await;

    browser.act_on_message("4712", "More").await;
    shots.take(&browser, "tools").await;
    browser.press("More").await;
    shots.take(&browser, "menu").await;
    browser.press("Search in this conversation").await;
    browser.write("Search in this conversation", "order").await;
    browser.sees("3 of 3").await;
    shots.take(&browser, "search").await;
    browser.write("Search in this conversation", "xyz").await;
    browser.sees("Nothing found").await;
    shots.take(&browser, "search-empty").await;
    browser.press("Close").await;

    browser.press("2 replies").await;
    browser.write("Message", "The red one.\n").await;
    browser.sees_message("The red one.").await;
    shots.take(&browser, "thread").await;

    browser.goto(&format!("{page}?lang=ar")).await;
    browser.sees("4712").await;
    shots.take(&browser, "arabic").await;
    browser.goto(&format!("{page}?lang=ja")).await;
    browser.sees("4712").await;
    shots.take(&browser, "japanese").await;
    browser.client().delete_all_cookies().await.expect("no cookies");
    browser.goto(&format!("{page}?lang=ar")).await;
    shots.take(&browser, "arabic-sign-in").await;
    browser.close().await;
    portal.stop_portal().await;
}

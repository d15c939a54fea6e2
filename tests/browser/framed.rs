//! The widget in a frame of another site: a guest signs in there, talks, and opens a file.

use std::{
    net::Ipv4Addr,
    sync::{Arc, OnceLock},
};

use axum::{Router, response::Html, routing::get};
use tests::{browser::TestBrowser, processes::Processes};

/// A page of another site, and what it shows. Ports do not part sites, names do.
struct Shop {
    address: String,
    widget: Arc<OnceLock<String>>,
}

impl Shop {
    async fn open() -> Self {
        let widget = Arc::new(OnceLock::<String>::new());
        let shown = widget.clone();
        let page = move || async move {
            let widget = shown.get().cloned().unwrap_or_default();
            Html(format!("<!doctype html><title>Shop</title><h1>Shop</h1><iframe src=\"{widget}\" width=\"400\" height=\"640\"></iframe>"))
        };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://shop.localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(page))).await });
        Self { address, widget }
    }

    /// The guest comes to the shop, and looks into the frame.
    async fn visit(&self, guest: &TestBrowser) {
        guest.goto(&self.address).await;
        guest.client().enter_frame(0).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_in_a_frame_of_another_site_talks_and_opens_a_file() {
    let shop = Shop::open().await;
    let site = format!(
        "[[site]]\nid = \"demo\"\nname = \"Demo\"\nstaff = [\"grace@sandbox.example\"]\nallowed_origins = [\"{}\"]\n",
        shop.address
    );
    let processes = Processes::start_with(Some(&site));
    shop.widget.set(format!("{}/embed/demo", processes.portal_url())).unwrap();
    let guest = TestBrowser::start().await;
    let (to_send, fetched) = (processes.folder("files"), processes.folder("fetched"));
    guest.downloads_go_to(&fetched).await;

    shop.visit(&guest).await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    std::fs::write(to_send.join("order.txt"), "Order 4711").unwrap();
    guest.text_box("Message").await;
    guest.choose_file(&to_send.join("order.txt")).await;
    guest.sees("order.txt").await;
    guest.press("Send").await;
    guest.sees_message("order.txt").await;
    guest.press("Download order.txt").await;
    assert_eq!(guest.downloaded(&fetched.join("order.txt")).await, b"Order 4711");

    // The browser keeps the guest for this shop's frame, and for nobody else.
    shop.visit(&guest).await;
    guest.sees_message("order.txt").await;
    guest.goto(&format!("{}/s/demo", processes.portal_url())).await;
    guest.text_box("Your name").await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_nobody_named_may_not_show_the_widget() {
    let shop = Shop::open().await;
    let processes = Processes::start();
    shop.widget.set(format!("{}/embed/demo", processes.portal_url())).unwrap();
    let guest = TestBrowser::start().await;
    shop.visit(&guest).await;
    let refused = guest.until(async || guest.console().await.into_iter().find(|line| line.contains("frame-ancestors"))).await;
    assert!(refused.is_some(), "the browser says why it shows nothing");
    guest.close().await;
}

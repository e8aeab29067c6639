"""The stand-in as a web server: Stripe's API for the product, pages for people, webhooks from it to the product."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import pages
from .calls import Call
from .cards import declined
from .cycles import Cycles
from .desk import Clock, Desk
from .expanding import expanded
from .forms import Refused, is_web, known, read
from .hooks import Hooks
from .objects import Object
from .offers import Offers
from .requests import Routes
from .store import Store
from .till import Till

WATCH = 5.0
"""Seconds between looks at what time has made due."""


@dataclass(frozen=True)
class StandIn:
    """One stand-in: its parts, for those who run it in their own process, and its application."""

    store: Store
    desk: Desk
    cycles: Cycles
    offers: Offers
    till: Till
    hooks: Hooks
    key: str

    @classmethod
    def open(cls, path: Path | str, url: str, key: str, webhook: str, secret: str, clock: Clock) -> "StandIn":
        """Over a file, or ``:memory:``; ``url`` is where its pages are."""
        store = Store(path)
        desk = Desk(store, clock, url)
        offers = Offers(desk)
        cycles = Cycles(desk, offers)
        return cls(store, desk, cycles, offers, Till(desk, cycles, offers), Hooks(store, webhook, secret), key)

    def advance(self, to: int) -> None:
        """Let time pass until ``to``, seconds of the epoch, and do in order what falls due on the way."""
        while True:
            due = self.cycles.next_due()
            if due is None or due > to:
                break
            self.desk.clock.fixed = max(due, self.desk.now())
            with self.store.transaction():
                self.cycles.pass_time()
        self.desk.clock.fixed = to

    def app(self, deliver: bool = True) -> Starlette:
        """The application; with ``deliver`` events are told while it runs."""

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            tasks = [asyncio.ensure_future(self._watch())]
            tasks += [asyncio.ensure_future(self.hooks.run())] if deliver else []
            yield
            for task in tasks:
                task.cancel()

        routes = Routes(self.desk, self.cycles, self.till, self.offers)
        table = [Route(each.path, self._answering(each), methods=[each.method]) for each in routes.table]
        rest = [Route("/{rest:path}", self._unknown, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])]
        return Starlette(routes=[*table, *self._pages(), *rest], lifespan=lifespan)

    async def _watch(self) -> None:
        while True:
            with self.store.transaction():
                self.cycles.pass_time()
            await asyncio.sleep(WATCH)

    def _answering(self, wanted: Call) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not self._knows(request.headers.get("authorization", "")):
                return _refusal(Refused("Invalid API Key provided", status=401))
            encoded = (await request.body()).decode() if request.method == "POST" else request.url.query
            key = request.headers.get("idempotency-key")
            status, body = self._answer(wanted, encoded, dict(request.path_params), request.url.path, key)
            return JSONResponse(body, status, headers={"Request-Id": "req_stand_in"})

        return answer

    def _answer(
        self, wanted: Call, encoded: str, path: dict[str, Any], place: str, key: str | None
    ) -> tuple[int, Object]:
        said = f"{place}\n{encoded}"
        try:
            with self.store.transaction():
                before = self.store.answer(key) if key else None
                if before is not None:
                    if before[0] != said:
                        words = "Keys for idempotent requests can only be used with the same parameters"
                        raise Refused(words, kind="idempotency_error")
                    return before[1], before[2]
                body = self._done(wanted, encoded, path, said, key)
                if key:
                    self.store.keep_answer(key, said, 200, body)
                return 200, body
        except Refused as refused:
            return refused.status, refused.body

    def _done(self, wanted: Call, encoded: str, path: dict[str, Any], said: str, key: str | None) -> Object:
        given = read(encoded)
        known(given, wanted.names)
        expand = given.pop("expand", None)
        try:
            return expanded(self.store, wanted.answer(given, **path), expand)
        except Refused as refused:
            if refused.keeps and key:
                self.store.keep_answer(key, said, refused.status, refused.body)
            raise

    async def _unknown(self, request: Request) -> Response:
        """What Stripe says to an address that it does not know."""
        if request.url.path.startswith("/v1/") and not self._knows(request.headers.get("authorization", "")):
            return _refusal(Refused("Invalid API Key provided", status=401))
        words = f"Unrecognized request URL ({request.method}: {request.url.path}). The stand-in does not have it."
        return _refusal(Refused(words, status=404))

    def _knows(self, header: str) -> bool:
        return hmac.compare_digest(header.encode(), f"Bearer {self.key}".encode())

    def _pages(self) -> list[Route]:
        return [
            Route("/checkout/{id}", self._checkout),
            Route("/checkout/{id}/pay", self._pay, methods=["POST"]),
            Route("/checkout/{id}/details", self._details, methods=["POST"]),
            Route("/invoices/{id}", self._invoice),
            Route("/invoices/{id}/pay", self._pay_invoice, methods=["POST"]),
            Route("/invoices/{id}/pdf", self._pdf),
            Route("/portal/{id}", self._portal),
            Route("/portal/{id}/card", self._card, methods=["POST"]),
        ]

    async def _checkout(self, request: Request) -> Response:
        return self._page(lambda: self._checkout_page(request.path_params["id"]))

    def _checkout_page(self, session_id: str) -> Response:
        made = self.till.session(session_id)
        bought = self.desk.found(f"bought_{session_id}", "bought")
        product = self.desk.found(self.desk.found(bought["price"], "price")["product"], "product")
        return HTMLResponse(pages.checkout(made, product["name"]))

    async def _pay(self, request: Request) -> Response:
        method, session_id = await _field(request, "method"), request.path_params["id"]

        def pay() -> Response:
            back = str(self.till.pay(session_id, method)["success_url"])
            return RedirectResponse(back.replace("{CHECKOUT_SESSION_ID}", session_id), 303)

        return self._page(pay)

    async def _details(self, request: Request) -> Response:
        typed, session_id = read((await request.body()).decode()), request.path_params["id"]
        fields = {name: str(typed.get(name, "")) for name in ("code", "country", "kind", "value")}

        def change() -> Response:
            self.till.detail(session_id, **fields)
            return RedirectResponse(f"/checkout/{session_id}", 303)

        return self._page(change)

    async def _invoice(self, request: Request) -> Response:
        return self._page(lambda: HTMLResponse(pages.invoice(self.desk.found(request.path_params["id"], "invoice"))))

    async def _pay_invoice(self, request: Request) -> Response:
        method, invoice_id = await _field(request, "method"), request.path_params["id"]

        def pay() -> Response:
            tried = self.cycles.pay(self.desk.found(invoice_id, "invoice"), method, present=True)
            if tried is not None:
                raise declined(tried["last_payment_error"], tried)
            return RedirectResponse(f"/invoices/{invoice_id}", 303)

        return self._page(pay)

    async def _pdf(self, request: Request) -> Response:
        def file() -> Response:
            return Response(
                pages.pdf(self.desk.found(request.path_params["id"], "invoice")), media_type="application/pdf"
            )

        return self._page(file)

    async def _portal(self, request: Request) -> Response:
        def shown() -> Response:
            customer = self.desk.found(request.path_params["id"], "customer")
            own = [each for each in self.desk.store.all("invoice") if each["customer"] == customer["id"]]
            back = request.query_params.get("back", "")
            return HTMLResponse(pages.portal(customer, own, back if is_web(back) else "/"))

        return self._page(shown)

    async def _card(self, request: Request) -> Response:
        method, back = await _field(request, "method"), await _field(request, "back")

        def change() -> Response:
            customer = self.desk.found(request.path_params["id"], "customer")
            self.cycles.set_method(customer, method)
            kept = {"back": back} if is_web(back) else {}
            return RedirectResponse(f"/portal/{customer['id']}?{urlencode(kept)}", 303)

        return self._page(change)

    def _page(self, make: Callable[[], Response]) -> Response:
        try:
            with self.store.transaction():
                return make()
        except Refused as refused:
            return HTMLResponse(pages.page("Refused", f"<h1>{escape(str(refused))}</h1>"), refused.status)


def _refusal(refused: Refused) -> Response:
    return JSONResponse(refused.body, refused.status)


async def _field(request: Request, name: str) -> str:
    return str(read((await request.body()).decode()).get(name, ""))

"""A running product of its own for each journey, and the eyes that watch a page while somebody walks through it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Download, Locator, Page, Response, expect

HOUSE = Path(__file__).resolve().parents[2]
DEMO = HOUSE / "demo" / "crm"
PASSWORD = "Zhanye-2026"
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")

# Words of other alphabets that Chinese office people write as they are.
LATIN = re.compile(r"[A-Za-z]{3,}")
LATIN_ALLOWED = re.compile(
    r"Chrome|Edge|Firefox|Safari|Windows|Linux|Android|Microsoft|Authenticator|Word|Excel|xlsx|docx|jpg|png|csv|CSV|xls|CRM|crm|JRY|DEMO|UTF|BOM|GB18030|SHA|PDF|pdf|JSON|json|Zhanye|LPR|ISO|[A-Z0-9]*0755FT[A-Z0-9-]*|PAY-\S+|XC-\S+|GZ-\S+|[0-9a-f]{16,}|BROKER|EMP"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class World:
    """One installation: an SQLite file, a file store, a queue, and the processes on them. `settings`: variables of its own."""

    folder: Path
    port: int = 0
    eager: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        own = {
            "DATABASE_URL": f"sqlite:///{self.folder / 'zhanye.sqlite3'}",
            "FILES_ROOT": str(self.folder / "files"),
            "QUEUE_ROOT": str(self.folder / "queue"),
            "CELERY_TASK_ALWAYS_EAGER": "1" if self.eager else "0",
            "SHOW_DEMO_LOGINS": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        theirs = ("BROKER_URL", "REDIS_URL", "DEBUG", "ZHANYE_ENV")
        return {name: value for name, value in os.environ.items() if name not in theirs} | own | self.settings

    def manage(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=HOUSE, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"manage.py {' '.join(args)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def copy_to(self, folder: Path) -> World:
        """Another installation in the same state; this one must not be running."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("queue", "*.log"))
        return World(folder)

    def start(self, *, worker: bool = False) -> World:
        """Web on a free port; with `worker`, long work goes through the queue to a process of its own."""
        self.eager, self.port = not worker, free_port()
        serve = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}", "--workers", "1"]
        self._spawn("web", [*serve, "--threads", "4", "--timeout", "120", "--no-control-socket"])
        if worker:
            work = ["-m", "celery", "-A", "config", "worker", "--loglevel", "warning", "--pool", "threads"]
            self._spawn("worker", [*work, "--concurrency", "2"])
        self._wait_until_up()
        return self

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=HOUSE, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)

    def _wait_until_up(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError((self.folder / "web.log").read_text(errors="replace"))

    def stop(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=10)
        self.processes.clear()


class Visitor:
    """Somebody at a screen. Everything the page complains about is remembered; `close` fails on it."""

    def __init__(self, browser: Browser, world: World, shots: Path, *, size: dict[str, int] = DESK) -> None:
        self.world, self.shots = world, shots
        self.context: BrowserContext = browser.new_context(
            base_url=world.url,
            viewport={"width": size["width"], "height": size["height"]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=size["width"] < 600,
            is_mobile=size["width"] < 600,
            accept_downloads=True,
        )
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # An answer that a journey asks for (404 for another's slip) is no fault of the page; 500 is caught below.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.url}: {response.status}")

    # --- moving about
    def sign_in(self, staff_no: str) -> Visitor:
        self.page.goto("/login/")
        self.page.get_by_label("工号").fill(staff_no)
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page.get_by_role("heading", name="工作台", level=1)).to_be_visible()
        return self

    def open(self, path: str, status: int = 200) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    def menu(self, section: str, item: str) -> Page:
        """By the menu, as a person goes: first the section, then the place in it."""
        side = self.page.get_by_role("navigation", name="主菜单")
        if self.page.viewport_size and self.page.viewport_size["width"] < 992:
            self.page.get_by_role("navigation", name="常用").get_by_role("link", name="菜单").click()
        place = side.get_by_role("link", name=re.compile(rf"^{item}\s*(\d+\+?)?$"))
        if not place.count():
            side.get_by_role("link", name=re.compile(rf"^{section}\s*(\d+\+?)?$")).click()
        place.first.click()
        return self.page

    def confirm(self, verb: str) -> None:
        """The dialog that names the object and the effect."""
        asked = self.page.get_by_role("dialog")
        expect(asked).to_be_visible()
        assert asked.get_by_role("heading").inner_text().strip()
        asked.get_by_role("button", name=verb, exact=True).click()

    def press(self, name: str, *, verb: str = "", within: Locator | None = None) -> None:
        """A button of the page, and the confirmation it asks for."""
        (within or self.page.locator("main")).get_by_role("button", name=name, exact=True).first.click()
        if verb:
            self.confirm(verb)

    def says(self, words: str) -> None:
        expect(self.page.locator("#page-messages")).to_contain_text(words)

    def download(self, name: str) -> Path:
        """Follow a link or button that answers with a file; its name is kept."""
        with self.page.expect_download() as started:
            main = self.page.locator("main")
            main.get_by_role("link", name=name).or_(main.get_by_role("button", name=name)).first.click()
        return self.keep(started.value)

    def keep(self, download: Download) -> Path:
        place = self.world.folder / "downloads" / download.suggested_filename
        download.save_as(place)
        return place

    def todo(self, words: str) -> int:
        """The count that the workbench shows beside a to-do; 0 when it is not there."""
        self.open("/")
        entry = self.page.locator(".todo-list li").filter(has_text=words)
        return int(entry.first.locator(".count").inner_text()) if entry.count() else 0

    # --- looking
    def shot(self, name: str, *, full: bool = True) -> None:
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        self.page.screenshot(path=self.shots / f"{name}-{width}.png", full_page=full, animations="disabled")

    def picture(self, name: str, *, at: str = "") -> None:
        """What the window shows, for the guide: from the top of the page, or with the element `at` in the middle."""
        if at:
            self.page.locator(at).first.evaluate("place => place.scrollIntoView({block: 'center', behavior: 'instant'})")
        else:
            self.page.evaluate("window.scrollTo(0, 0)")
        self.page.wait_for_timeout(500)  # what sticks to the window settles a frame later
        folder = self.shots / "guide"
        folder.mkdir(exist_ok=True)
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        self.page.screenshot(path=folder / f"{name}-{width}.png", animations="disabled")

    def check(self) -> None:
        """Nothing serious for axe; nothing wider than the window."""
        assert not (found := serious(self.page)), "\n".join(found)
        assert not (wide := overflow(self.page)), wide

    def close(self) -> None:
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']} ({one['impact']}): {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


def overflow(page: Page) -> str:
    """Empty when the page fits; else the page and what sticks out."""
    return str(
        page.evaluate(
            """() => {
              const room = window.innerWidth, whole = document.scrollingElement.scrollWidth;
              if (whole <= room) return "";
              const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1
                && !e.closest(".table-wrap, .paper, .tabs, pre, svg, .chart"));
              const named = out.slice(0, 4).map((e) => e.outerHTML.slice(0, 90)).join(" | ");
              return `${location.pathname}: ${whole} > ${room}: ${named}`;
            }"""
        )
    )


def english(page: Page) -> list[str]:
    """Words of the page that nobody translated; what is set as a code (`code`, `.mono`) is one."""
    text = page.evaluate(
        """() => [...document.querySelectorAll("code, .mono")].reduce(
          (text, element) => text.replace(element.innerText, ""), document.body.innerText)"""
    )
    return sorted({word.group() for word in LATIN.finditer(LATIN_ALLOWED.sub(" ", text))})

import asyncio, time, io
import httpx, pypdfium2, zxingcpp, pytest
from app.core import jobs
from tests.conftest import client
from tests.ticketing.wishes import member, register, wish
from tests.doors import value
import tests.ticketing.test_tasks as tt
from tests.ticketing.test_tasks import mailbox
async def test_speed(app, committed, clock, mailbox):
    t=time.perf_counter()
    async with client(app) as http:
        a=await asyncio.gather(*(register(http, wish(*(member(name=f"李{i}{k}") for k in range(5)),email=f"a{i}@example.org")) for i in range(20)))
        print(a[0].status_code, 'register', time.perf_counter()-t); t=time.perf_counter()
        n=await jobs.drain(clock); print(n,'drain', time.perf_counter()-t); t=time.perf_counter()
        ms=mailbox(); print(len(ms),'parse', time.perf_counter()-t); t=time.perf_counter()
        for m in ms:
            pdf,ics=m.iter_attachments()
            c=pdf.get_content()
        print('content', time.perf_counter()-t)
        for scale in (1,1.5,2):
            t=time.perf_counter(); ok=0; r=0
            for m in ms:
                pdf,ics=m.iter_attachments()
                t0=time.perf_counter()
                p=pypdfium2.PdfDocument(io.BytesIO(pdf.get_content()))[0].render(scale=scale,grayscale=True).to_pil()
                r+=time.perf_counter()-t0
                b=zxingcpp.read_barcodes(p); ok+=len(b)==1
            print(scale, ok, 'decode', time.perf_counter()-t, 'render', r)
        t=time.perf_counter()
        for x in a:
            for k in x.json()['tickets']: s=await http.get(k['qr_svg_url'])
        print('svg get', time.perf_counter()-t, s.status_code)

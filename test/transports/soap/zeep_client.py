"""A stock SOAP client that nobody here wrote (zeep), made from a WSDL. Reads what to do from standard input, and prints what came back."""

import json
import sys

import zeep
from lxml import etree
from requests import Session


def outcome(call, *words, **values):
    try:
        return {"answer": zeep.helpers.serialize_object(call(*words, **values), dict)}
    except zeep.exceptions.Fault as fault:
        return {"fault": str(fault.code), "message": fault.message}


def main():
    asked = json.load(sys.stdin)
    session = Session()
    session.headers["Authorization"] = "Bearer " + asked["token"]
    # Where the WSDL names actions of WS-Addressing, zeep adds the headers by itself.
    client = zeep.Client(asked["wsdl"], transport=zeep.Transport(session=session))
    if asked.get("endpoint"):
        service = client.create_service(next(iter(client.wsdl.bindings)), asked["endpoint"])
    else:
        service = client.service
    results = []
    for call in asked["calls"]:
        values = call["values"]
        if call.get("document") is not None:
            values = {"documents": {"_value_1": etree.fromstring(call["document"].encode())}}
        results.append(outcome(getattr(service, call["operation"]), **values))
    json.dump(results, sys.stdout, default=str)


main()

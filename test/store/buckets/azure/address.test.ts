/** `az://` addresses, and where they lead. */
import { describe, expect, it } from "vitest";
import { azureAddress, parseAzureUrl } from "../../../../src/store/buckets/azure/address.ts";
import { azure } from "../../../../src/store/buckets/azure/driver.ts";
import { serviceOf } from "../../../../src/store/buckets/azure/place.ts";

describe("an address", () => {
  it.each([
    ["az://account1/models", { account: "account1", container: "models", prefix: "" }],
    ["az://account1/models/", { account: "account1", container: "models", prefix: "" }],
    ["az://a23/a-b/team/store/", { account: "a23", container: "a-b", prefix: "team/store" }],
    ["az://account1/models/ä b", { account: "account1", container: "models", prefix: "ä b" }],
  ])("is %s", (url, place) => {
    expect(parseAzureUrl(url)).toEqual(place);
    expect(azureAddress(place)).toBe(url.replace(/\/$/, ""));
  });

  it.each([
    "az://account1",
    "az://account1/",
    "az://Account1/models",
    "az://ac/models",
    "az://account-1/models",
    "az://account1.blob.core.windows.net/models",
    "az://account1/Models",
    "az://account1/-models",
    "az://account1/mo--dels",
    "az://account1/$web",
    "az://account1/models/a//b",
    "az://account1/models/../b",
    "az://account1/models/a?b",
    "az://account1:80/models",
    `az://account1/models/${"x".repeat(801)}`,
  ])("is not %s", (url) => {
    expect(() => parseAzureUrl(url)).toThrow("is not the address of a container");
  });
});

describe("an object's address", () => {
  it("names a container and an object in it", () => {
    const split = azure.objects?.split;
    expect(split?.("az://account1/models/a/b c")).toEqual({ container: "az://account1/models", name: "a/b c" });
    for (const url of ["az://account1/models/../other/a", "az://account1/models/..", "az://account1/models/./a"])
      expect(split?.(url)).toBeNull();
  });
});

describe("where it leads", () => {
  it.each([
    [undefined, "https://account1.blob.core.windows.net"],
    ["https://account1.blob.core.chinacloudapi.cn/", "https://account1.blob.core.chinacloudapi.cn"],
    ["https://storage.example", "https://storage.example"],
    ["http://127.0.0.1:10000", "http://127.0.0.1:10000/account1"],
    ["http://localhost:10000/account1/", "http://localhost:10000/account1"],
    ["https://account1", "https://account1"],
    ["https://azurite.example/account1", "https://azurite.example/account1"],
  ])("by the endpoint %s is %s", (endpoint, service) => {
    expect(serviceOf("account1", endpoint)).toBe(service);
  });

  it.each(["account1", "ftp://host", "https://host/other", "https://user@host", "https://host?sig=x"])(
    "is not told by the endpoint %s",
    (endpoint) => {
      expect(() => serviceOf("account1", endpoint)).toThrow("is not the endpoint of a storage API");
    },
  );
});

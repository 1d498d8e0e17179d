// Put before the service worker's script by headaches/service_worker.py.
declare const OFFLINE_PAGE: string;
declare const FILES: string[];

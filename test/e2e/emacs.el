;;; emacs.el --- eglot on `gup-lens serve --stdio'  -*- lexical-binding: t -*-

;; Loads the snippet of docs/editors.md, opens files, does what a person would, and writes what one would see as JSON.
;; Works from Emacs 28 with eglot 1.9 on. Arguments come from the environment: GUP_SNIPPET, GUP_FILE (a sample), GUP_CORE and
;; GUP_DRIVER (files of the kernel), GUP_OUT.

(require 'package)
;; Debian's elpa-eglot is a package of the system; from Emacs 29 on eglot is part of Emacs.
(package-initialize)
(require 'json)
(require 'seq)
(require 'flymake)
(require 'xref)
(require 'ert-x)

(defconst limit 60 "Seconds until something that does not come is given up.")

(defvar seen nil "What is written: an alist.")

(defun see (name value)
  (push (cons name value) seen))

(defun wait-for (what done)
  "Let the server's messages in until DONE returns non-nil, and return that."
  (let ((end (time-add nil limit)) (result nil))
    (while (not (setq result (funcall done)))
      (when (time-less-p end nil) (error "%s did not come" what))
      (accept-process-output nil 0.01))
    result))

(defun shown-diagnostics ()
  (vconcat
   (mapcar (lambda (one)
             (list (cons 'line (line-number-at-pos (flymake-diagnostic-beg one)))
                   (cons 'text (flymake-diagnostic-text one))))
           (flymake-diagnostics))))

(defun go-to (text)
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun documentation-at (text)
  "What eldoc is given for the place of TEXT."
  (goto-char (point-min))
  (documentation-behind text))

(defun documentation-behind (text)
  "What eldoc is given for the place of TEXT behind point."
  (search-forward text)
  (goto-char (match-beginning 0))
  (let ((found nil))
    (eglot-hover-eldoc-function (lambda (documentation &rest _) (setq found documentation)))
    (substring-no-properties (wait-for (concat "the hover on " text) (lambda () found)))))

(defun act (kind)
  "Take the preferred code action of KIND at point: of several the person is asked, in the minibuffer, with a default."
  (let ((last-nonmenu-event t)
        (completing-read-function
         (lambda (_prompt _collection &optional _predicate _match _initial _history default &rest _)
           (if (consp default) (car default) default))))
    (eglot-code-actions (point) nil kind t))
  ;; A batch run is never idle; eglot tells the server of changes when Emacs is.
  (ert-run-idle-timers))

(defun hints (first last)
  "The labels of the inlay hints from position FIRST to LAST: eglot shows them from 1.10 on."
  (mapconcat (lambda (hint)
               (let ((label (plist-get hint :label)))
                 (if (stringp label) label
                   (mapconcat (lambda (part) (plist-get part :value)) label ""))))
             (jsonrpc-request (eglot-current-server) :textDocument/inlayHint
                              (list :textDocument (eglot--TextDocumentIdentifier)
                                    :range (list :start (eglot--pos-to-lsp-position first)
                                                 :end (eglot--pos-to-lsp-position last))))
             " "))

(defun run ()
  (load (getenv "GUP_SNIPPET") nil t)
  (require 'eglot)
  ;; A start without waiting would go on before there is a server.
  (setq eglot-sync-connect limit
        eglot-connect-timeout limit
        eglot-autoshutdown nil)
  (sample)
  (core)
  (driver)
  (eglot-shutdown (eglot-current-server)))

(defun sample ()
  (find-file (getenv "GUP_FILE"))
  (see 'mode (symbol-name major-mode))
  (call-interactively #'eglot)
  (see 'managed (if (eglot-managed-p) t :json-false))
  ;; Without a window flymake would wait for one.
  (flymake-start)
  (see 'diagnostics (progn (wait-for "a diagnostic" #'flymake-diagnostics) (shown-diagnostics)))
  (see 'hover (documentation-at "pin_user_pages_fast"))
  (see 'flag (documentation-at "FOLL_LONGTERM"))
  (go-to "FOLL_LONGTERM")
  (see 'definition
       (vconcat (mapcar (lambda (found) (xref-location-group (xref-item-location found)))
                        (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot)))))
  (go-to "put_page(page)")
  (act "quickfix")
  (see 'fixed_line (buffer-substring-no-properties (line-beginning-position) (line-end-position)))
  (wait-for "the end of the diagnostic" (lambda () (null (flymake-diagnostics))))
  (see 'after_fix (shown-diagnostics))
  (set-buffer-modified-p nil)
  (eglot-shutdown (eglot-current-server)))

(defun core ()
  (find-file (getenv "GUP_CORE"))
  (call-interactively #'eglot)
  (go-to "int fixup_user_fault(")
  (see 'core_hover (documentation-behind "handle_mm_fault("))
  (go-to "long pin_user_pages_remote(")
  (search-forward "return __gup_longterm_locked(")
  (see 'core_hints (hints (line-beginning-position) (line-end-position 3)))
  ;; What the server has told by now; it answers in order.
  (flymake-start)
  (see 'core_diagnostics (shown-diagnostics)))

(defun driver ()
  (find-file (getenv "GUP_DRIVER"))
  ;; Without version control each directory is a project of its own.
  (call-interactively #'eglot)
  (flymake-start)
  (wait-for "both findings" (lambda () (= (length (flymake-diagnostics)) 2)))
  (see 'driver_diagnostics (shown-diagnostics))
  (goto-char (flymake-diagnostic-beg
              (seq-find (lambda (one) (string-match-p "not released" (flymake-diagnostic-text one)))
                        (flymake-diagnostics))))
  (act "quickfix")
  (go-to "gup-lens: ignore gup-error-path-leak -- ")
  (goto-char (match-end 0))
  (insert "known ")
  (ert-run-idle-timers)
  (wait-for "one finding" (lambda () (= (length (flymake-diagnostics)) 1)))
  (see 'driver_after_action (shown-diagnostics))
  (set-buffer-modified-p nil))

(let ((code 0))
  (condition-case problem
      (run)
    (error
     (setq code 1)
     (see 'error (error-message-string problem))))
  (with-temp-file (getenv "GUP_OUT")
    (insert (json-encode seen)))
  (kill-emacs code))
